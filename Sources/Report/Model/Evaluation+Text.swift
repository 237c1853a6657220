// What `prep evaluate` prints: loss, accuracy and confusion on a split.

package import Dataset
package import Shards
package import Storage
package import Training

extension Evaluation {
    /// - Parameter classes: class names in label order
    package func text(_ split: Split, _ classes: [String]) -> String {
        let head =
            "\(TextStyle.count(samples)) samples of \(split.rawValue): loss \(TextStyle.loss(loss)), "
            + "accuracy \(TextStyle.percent(accuracy, 2)) "
            + "(95 % interval \(TextStyle.interval(confusion.accuracyInterval))), "
            + "\(TextStyle.count(samples - correct)) wrong"
        guard classes.count <= ConfusionMarkup.widest else {
            return ([head] + warnings(classes) + [""] + pairs(classes)).joined(separator: "\n")
        }
        var table = TextTable([.left] + Array(repeating: .right, count: classes.count + 2))
        table.add(["true \\ predicted"] + classes + ["precision", "recall"])
        for (label, name) in classes.enumerated() {
            let shares = [confusion.precision(label), confusion.recall(label)]
            table.add(
                [name] + confusion.rows[label].map { $0 == 0 ? "·" : TextStyle.count($0) }
                    + shares.map { $0.map { TextStyle.percent($0, 2) } ?? "–" })
        }
        return ([head] + warnings(classes) + [""] + table.lines()).joined(separator: "\n")
    }

    /// The most frequent confusions and the worst classes, where a matrix would be wider than any terminal.
    private func pairs(_ classes: [String]) -> [String] {
        var confusions = TextTable([.left, .left, .right])
        confusions.add(["given", "predicted", "samples"])
        for pair in confusion.confusions(limit: 20) {
            confusions.add([classes[pair.label], classes[pair.predicted], TextStyle.count(pair.count)])
        }
        var worst = TextTable([.left, .right, .right])
        worst.add(["class", "samples", "recall"])
        let recalls = classes.indices.compactMap { label in confusion.recall(label).map { (label, $0) } }
        for (label, recall) in recalls.sorted(by: { ($0.1, $0.0) < ($1.1, $1.0) }).prefix(10) {
            worst.add([
                classes[label], TextStyle.count(confusion.samples(of: label)), TextStyle.percent(recall, 2),
            ])
        }
        return ["Most frequent confusions"] + confusions.lines() + ["", "Worst classes"] + worst.lines()
    }

    /// What makes the accuracy say little.
    private func warnings(_ classes: [String]) -> [String] {
        func name(_ label: Int) -> String { "“\(classes[label].visible())”" }
        let samples = samples
        let only = samples == 0 ? nil : classes.indices.first { confusion.samples(of: $0) == samples }
        let given = only.map { "warning: all samples are \(name($0)), so any model that says so is right" }
        let predicted = confusion.onlyPrediction.map {
            "warning: the model says \(name($0)) for every sample"
        }
        return [given, predicted].compactMap { $0 }
    }

    package func json(_ split: Split, _ classes: [String]) -> JSONValue {
        let perClass = classes.enumerated().map { label, name in
            JSONValue.object([
                "class": .string(name), "precision": Self.number(confusion.precision(label)),
                "recall": Self.number(confusion.recall(label)),
                "samples": .integer(confusion.samples(of: label)),
            ])
        }
        return .object([
            "split": .string(split.rawValue), "samples": .integer(samples), "loss": .number(loss),
            "accuracy": .number(accuracy), "classes": .array(perClass), "confusion": confusion.json,
        ])
    }

    private static func number(_ share: Double?) -> JSONValue { share.map { .number($0) } ?? .null }
}

extension ModelDescription {
    /// A note if the dataset was prepared differently from the model's training data: its images may be inverted, for
    /// example, or placed differently.
    package func note(of manifest: Manifest) -> String? {
        guard case .object(let learned) = preparation, let expected = learned["stages"],
            case .object(let here) = manifest.configuration, let found = here["stages"], expected != found
        else { return nil }
        return """
            Note: these images were prepared differently from those that the model was trained on
              these images     \(Self.words(found))
              training images  \(Self.words(expected))
            """
    }

    /// Stages as words, such as `grayscale, resize 28x28 bilinear stretch`.
    private static func words(_ stages: JSONValue) -> String {
        switch stages {
        case .array(let items): items.isEmpty ? "as they are" : items.map(words).joined(separator: ", ")
        case .object(let members):
            // The size of a resize comes first.
            members.sorted { ($0.key == "size" ? "" : $0.key, 0) < ($1.key == "size" ? "" : $1.key, 0) }
                .map { key, value in
                    ["size", "filter", "fit"].contains(key) ? words(value) : "\(key.text) \(words(value))"
                }
                .joined(separator: " ")
        case .string(let text): text.visible()
        default: stages.canonicalText
        }
    }
}
