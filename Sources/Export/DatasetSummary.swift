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

    /// The members of an object of the configuration.
    private static func members(_ value: JSONValue?) -> [Key: JSONValue] {
        if case .object(let members) = value { members } else { [:] }
    }

    /// How images were prepared, a sentence for each step.
    var steps: [String] {
        let configuration = Self.members(manifest.configuration)
        let stages = configuration["stages"] ?? .array([])
        let (identical, near) = (manifest.duplicates, manifest.nearDuplicates)
        var steps = [
            "Stages, applied to every image: \(stages.canonicalText.visible()).",
            "Images with identical pixels lie in one split"
                + (identical.crossing > 0 ? ", but for \(identical.crossing) groups of them." : "."),
        ]
        if Self.members(configuration["split"])["near"] == .integer(0) {
            steps.append("Images that are only nearly identical may lie in different splits.")
        } else {
            steps.append(
                "So do images that differ by at most \(JSONValue.number(near.levels).canonicalText) levels (root mean "
                    + "square)" + (near.crossing > 0 ? ", but for \(near.crossing) pairs of them." : "."))
        }
        let copies = manifest[.train].copies
        if copies > 0 { steps.append("\(copies) augmented copies were added to train.") }
        return steps
    }

    /// Who said of what class an image is.
    private var annotation: [String] {
        let configuration = Self.members(manifest.configuration)
        let source =
            if configuration["labels"] != nil {
                "a table beside the images"
            } else if configuration["source"] == .string("images") {
                "the folder of an image"
            } else {
                "files or columns of labels beside the pixels"
            }
        let changes =
            configuration["relabel"] == nil ? [] : ["People changed some of them, or left the image out."]
        return ["Labels are those of the source: \(source)."] + changes
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
            "rai:dataAnnotationProtocol": .strings(annotation),
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
