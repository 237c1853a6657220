// What `prep predict` prints for one image.

internal import Dataset
package import Storage

/// The probability that a model gives each class of an image.
package struct ImagePrediction {
    let path: String
    let probabilities: [Float]
    private let classes: [String]
    /// The class that the image's folder is named after; `nil` if it is named otherwise.
    package let expected: String?
    /// Labels, the most probable one first.
    private let ranked: [Int]

    /// - Parameters:
    ///   - probabilities: of each class in label order
    ///   - classes: names in label order
    package init(_ path: String, _ probabilities: [Float], classes: [String]) {
        self.path = path
        self.probabilities = probabilities
        self.classes = classes
        let folder = path.utf8.split(separator: UInt8(ascii: "/")).dropLast().last
        expected = classes.first { name in folder.map { $0.elementsEqual(name.utf8) } ?? false }
        ranked = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
    }

    /// The most probable class.
    package var label: String { classes[ranked[0]] }

    /// The most probable class, and the next two.
    package var text: String {
        func line(_ label: Int, _ space: String) -> String {
            "\(classes[label].visible())\(space)\(TextStyle.percent(Double(probabilities[label]), 2))"
        }
        let others = ranked.dropFirst().prefix(2).map { line($0, " ") }
        let beside = others.isEmpty ? "" : "  (\(others.joined(separator: ", ")))"
        return "\(path.visible()): \(line(ranked[0], "  "))\(beside)"
    }

    package var json: JSONValue {
        let members = zip(classes, probabilities).map { (Key(utf8: $0), JSONValue.number(Double($1))) }
        var result: [Key: JSONValue] = [
            "image": .string(path), "label": .string(label),
            "probability": .number(Double(probabilities[ranked[0]])),
            "probabilities": .object(Dictionary(uniqueKeysWithValues: members)),
        ]
        result["folder"] = expected.map { .string($0) }
        return .object(result)
    }
}
