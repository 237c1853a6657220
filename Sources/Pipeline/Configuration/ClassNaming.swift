// Names for classes that the input only numbers.

internal import Configuration
public import Dataset
internal import Ingest
internal import Storage

/// The name of each label of the input, such as `A` for EMNIST's 1.
public struct ClassNaming: Sendable, Equatable {
    /// Names by labels as the input has them.
    public let names: [Key: String]

    package static let notation =
        "names separated by commas, or a file: a name in each line, or EMNIST's mapping (label, character codes)"

    /// - Returns: `nil` unless there is a name, and none is empty
    public init?(_ names: [Key: String]) {
        guard !names.isEmpty, names.values.allSatisfy({ (1...1000).contains($0.utf8.count) }) else {
            return nil
        }
        self.names = names
    }

    /// Names of labels from 0 on; an empty one leaves its label without a name.
    private init?(list: [String]) {
        let pairs = list.enumerated().filter { !$0.element.isEmpty }
        self.init(Dictionary(uniqueKeysWithValues: pairs.map { (Key(utf8: String($0.offset)), $0.element) }))
    }

    /// Reads what `--class-names` is given: a file, or names.
    ///
    /// - Returns: `nil` if it is neither
    package init?(option text: String) throws {
        guard FileSystem.isFile(text) else {
            let names = text.unicodeScalars.split(separator: ",", omittingEmptySubsequences: false)
            guard names.count > 1 else { return nil }
            self.init(list: names.map { Self.trimmed(Substring($0)) })
            return
        }
        let bytes = try ReadableFile.contents(of: text, limit: 1 << 20)
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        self.init(fileText: text)
    }

    /// Lines with a name each, or with a label and the codes of its characters, of which the first counts.
    package init?(fileText text: String) {
        // Of the many line ends of Unicode, those that editors write.
        let ends: Set<Character> = ["\n", "\r\n", "\r"]
        var lines = text.split(omittingEmptySubsequences: false) { ends.contains($0) }.map {
            Self.trimmed($0)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        let numbers = lines.map { $0.split { $0 == " " || $0 == "\t" }.map { UInt32($0) } }
        guard numbers.allSatisfy({ $0.count > 1 && !$0.contains(nil) }) else {
            self.init(list: lines)
            return
        }
        var names: [Key: String] = [:]
        for line in numbers.map({ $0.compactMap { $0 } }) {
            guard let scalar = Unicode.Scalar(line[1]),
                names.updateValue(String(scalar), forKey: Key(utf8: String(line[0]))) == nil
            else { return nil }
        }
        self.init(names)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let spaces: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\u{FEFF}" }
        return String(text.drop(while: spaces).reversed().drop(while: spaces).reversed())
    }

    /// As in a YAML file.
    var definition: JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: names.map { (Key(utf8: $0.key.text), JSONValue.string($0.value)) }))
    }

    /// Reads a list of names, or names by labels.
    init(_ node: YAMLNode) throws(ConfigurationError) {
        var names: [Key: String] = [:]
        if let pairs = try node.pairs() {
            for (label, name) in pairs { names[Key(text: label)] = try name.text() }
        } else {
            for (number, name) in try node.items().enumerated() {
                names[Key(utf8: String(number))] = try name.text()
            }
        }
        guard let naming = ClassNaming(names) else {
            throw node.error("class_names must be names of 1 to 1000 bytes, as a list or by labels")
        }
        self = naming
    }

    /// The name of a class.
    func name(of label: Key) throws(PipelineError) -> Key {
        guard let name = names[label] else {
            let labels = ClassNames(found: names.keys)?.names ?? []
            throw .noClassName(
                label: label.text, known: "\(labels.first ?? "")…\(labels.last ?? "") (\(labels.count))")
        }
        return Key(utf8: name)
    }
}
