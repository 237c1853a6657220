// What a dataset is, in sentences, for its metadata and its card.

internal import Dataset
internal import Shards
internal import Storage

struct DatasetSummary {
    let manifest: Manifest

    init(_ manifest: Manifest) { self.manifest = manifest }

    /// What it holds.
    var sentence: String {
        let (image, classes) = (manifest.image, manifest.classes.count)
        let splits = Split.allCases.filter { manifest[$0].samples > 0 }
            .map { "\(manifest[$0].samples) for \($0.rawValue)" }.joined(separator: ", ")
        return
            "\(manifest.samples) \(image.channels == 1 ? "gray" : "colour") images of \(image.size) pixels in "
            + "\(classes) classes: \(splits)."
    }

    /// How images were prepared, a sentence for each step.
    var steps: [String] {
        let members: [Key: JSONValue] =
            if case .object(let members) = manifest.configuration { members } else { [:] }
        var steps = [
            "Stages, applied to every image: \((members["stages"] ?? .array([])).canonicalText.visible())."
        ]
        let levels = JSONValue.number(manifest.nearDuplicates.levels).canonicalText
        steps.append(
            "Images with identical pixels, and images that differ by at most \(levels) "
                + "levels (root mean square), lie in one split: \(manifest.units) such sets.")
        let copies = manifest[.train].copies
        if copies > 0 { steps.append("\(copies) augmented copies were added to train.") }
        return steps
    }

    /// What was left out.
    var missing: String {
        manifest.rejected == 0
            ? "No entry of the source was left out."
            : "\(manifest.rejected) entries of the source were left out."
    }

    /// What the findings say, a sentence for each that applies to something.
    var findings: [String] {
        manifest.findings.compactMap { finding in
            if let classes = finding.classes, !classes.isEmpty {
                return "\(finding.name): \(classes.joined(separator: ", ")) (\(finding.rule.visible()))"
            }
            return finding.samples > 0
                ? "\(finding.name): \(finding.samples) images (\(finding.rule.visible()))" : nil
        }
    }

    /// Croissant's fields for responsible use.
    var responsibility: [Key: JSONValue] {
        var members: [Key: JSONValue] = [
            "rai:dataPreprocessingProtocol": .strings(steps),
            "rai:dataCollectionMissingData": .string(missing),
            "rai:dataAnnotationProtocol": .strings([
                "Labels are those of the source: the folder of an image, or a table beside it."
            ]),
        ]
        if !findings.isEmpty { members["rai:dataLimitations"] = .strings(findings) }
        let biases = manifest.findings.filter { $0.classes?.isEmpty == false }
        if !biases.isEmpty {
            members["rai:dataBiases"] = .strings(
                biases.map { "\($0.rule): \(($0.classes ?? []).joined(separator: ", "))" })
        }
        return members
    }
}
