// What lies at a path: for messages about a path that is not what a command needs.

package import Dataset
internal import Foundation

/// What a path shows of itself by its first bytes and the names in it. It is looked at when a message is made, so it may be
/// gone or another by then.
package enum PathContents: Equatable {
    /// Nothing; with the path of something nearby whose name is nearly the same.
    case nothing(similar: String?)
    case emptyFile, emptyFolder, text
    /// Files that `prep` wrote.
    case dataset, run, model, checkpoint
    /// Folders of datasets or runs, of which one is named.
    case datasets(String), runs(String)
    /// A folder with IDX files.
    case idxFolder
    case image(ImageFormat)
    /// A format by its name with its article, and how to make an image of it.
    case foreign(String, conversion: String?)
    case otherFile, otherFolder

    package init(_ path: String) {
        if FileSystem.isFolder(path) {
            self = Self.folder(path)
        } else if FileSystem.exists(path) {
            self = Self.file(path)
        } else {
            self = .nothing(similar: Self.similar(to: path))
        }
    }

    /// What it is, as the rest of a sentence; `nil` if that would say nothing.
    package var clause: String? {
        switch self {
        case .nothing(let similar): "no such file or folder" + (similar.map { "; did you mean \($0)?" } ?? "")
        case .emptyFile: "is an empty file"
        case .emptyFolder: "is an empty folder"
        case .text: "is a text file"
        case .dataset: "is a dataset that prep wrote"
        case .run: "is the folder of a training run"
        case .model: "is a model that prep trained"
        case .checkpoint: "is the checkpoint of a training run"
        case .datasets: "is a folder of datasets"
        case .runs: "is a folder of training runs"
        case .idxFolder: "is a folder of IDX files"
        case .image(let format): "is a \(format.rawValue) image"
        case .foreign(let name, _): "is \(name)"
        case .otherFile, .otherFolder: nil
        }
    }

    /// Whether the file may be a model, even one of another program or a damaged one.
    package var mayBeModel: Bool {
        [.model, .otherFile, .foreign(Self.safetensors, conversion: nil)].contains(self)
    }

    private static let idxFile = "one IDX file"
    private static let safetensors = "a safetensors file"
    package static let webPage = "a web page"

    /// What to do with it instead; `nil` if that is not clear.
    ///
    /// - Parameter path: as the user gave it
    package func advice(_ path: String) -> String? {
        switch self {
        case .datasets(let name), .runs(let name): "Name one of them, such as \(path)/\(name)."
        case .idxFolder: "Prepare it first: prep mnist \(path)"
        case .foreign(Self.idxFile, _): "Give its folder: prep mnist \(FileSystem.split(path).folder)"
        case .foreign(Self.webPage, _):
            "A site sends one instead of a file to those who are not signed in. Download it again."
        case .foreign(_, let conversion?): "Convert it first, for example with \(conversion)."
        default: nil
        }
    }

    /// What `path` is instead of what was wanted: `text.txt: is a text file, not a dataset`, and advice on a second line.
    ///
    /// - Parameters:
    ///   - wanted: with its article
    ///   - otherwise: what to say if `path` does not show what it is
    ///   - hint: the advice, if there is none that fits better
    package static func message(_ path: String, wanted: String, otherwise: String, hint: String) -> String {
        let contents = PathContents(path)
        guard let clause = contents.clause else { return "\(path): \(otherwise)\n\(hint)" }
        if case .nothing(let similar) = contents {
            return "\(path): \(clause)" + (similar == nil ? "\n\(hint)" : "")
        }
        return "\(path): \(clause), not \(wanted)\n\(contents.advice(path) ?? hint)"
    }

    /// What the folder `path` is instead of what was wanted; `nil` if it does not show that it is anything else.
    package static func wrongFolder(_ path: String, wanted: String) -> String? {
        let contents = PathContents(path)
        guard FileSystem.isFolder(path), let clause = contents.clause, "is \(wanted)" != clause else {
            return nil
        }
        return "\(path): \(clause), not \(wanted)"
            + (contents == .idxFolder ? "\nprep mnist \(path) prepares it." : "")
    }

    private static func folder(_ path: String) -> PathContents {
        guard let names = try? FileSystem.names(in: path) else { return .otherFolder }
        if names.isEmpty { return .emptyFolder }
        if names.contains("dataset.json") { return .dataset }
        if names.contains("model.safetensors") || names.contains("checkpoint.safetensors") { return .run }
        if names.contains(where: { $0.contains("-idx") || $0.contains(".idx") }) { return .idxFolder }
        for name in names.sorted().prefix(100) {
            if FileSystem.exists("\(path)/\(name)/dataset.json") { return .datasets(name) }
            if FileSystem.exists("\(path)/\(name)/model.safetensors") { return .runs(name) }
        }
        return .otherFolder
    }

    private static func file(_ path: String) -> PathContents {
        guard FileSystem.isFile(path), let file = try? ReadableFile(path) else { return .otherFile }
        if file.size == 0 { return .emptyFile }
        guard let head = try? file.read(0..<min(file.size, 4096)) else { return .otherFile }
        if path.hasSuffix(".safetensors") {
            func says(_ format: String) -> Bool { head.firstRange(of: Array(format.utf8)) != nil }
            if says("prep-checkpoint") { return .checkpoint }
            if says("prep-model") { return .model }
            return .foreign(safetensors, conversion: nil)
        }
        return head.withUnsafeBytes { bytes in
            if let format = ImageFormat(magic: bytes) { return .image(format) }
            let name = FileSystem.split(path).name
            if name.contains("-idx") || name.contains(".idx"),
                head[0] == 0 || head.starts(with: [0x1F, 0x8B])
            {
                return .foreign(idxFile, conversion: nil)
            }
            if let format = ForeignFormat(bytes) {
                return .foreign(format.name, conversion: format.conversion)
            }
            // A letter may be cut at the end.
            let isText =
                !bytes.contains(0)
                && (0...3).contains { String(validating: bytes.dropLast($0), as: UTF8.self) != nil }
            return isText ? .text : .otherFile
        }
    }

    /// The path with the names nearest to its own, as far as one is near enough.
    private static func similar(to path: String) -> String? {
        guard path.utf8.count <= Int(PATH_MAX) else { return nil }
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        let isPlain = !path.contains("/")
        var (folder, name) = FileSystem.split(path)
        if !FileSystem.isFolder(folder) {
            guard folder != path, let other = similar(to: folder) else { return nil }
            folder = other
        }
        let prefix = isPlain ? "" : folder == "/" ? "/" : folder + "/"
        if FileSystem.exists(prefix + name) { return prefix + name }
        let names = ((try? FileSystem.names(in: folder)) ?? []).filter { !$0.hasPrefix(".") }
        return Spelling.nearest(to: name, in: names.sorted()).map { prefix + $0 }
    }
}
