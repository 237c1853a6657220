// Metadata beside the shards of a dataset: croissant.json for machines, README.md for people and Hugging Face.

internal import Dataset
package import Shards
internal import Storage

/// The card of a prepared dataset.
package struct DatasetCard {
    private let dataset: PreparedDataset
    private let about: About
    private var manifest: Manifest { dataset.manifest }

    /// - Parameter about: what its author says about it; the pipeline says the rest
    package init(_ dataset: PreparedDataset, about: About) {
        self.dataset = dataset
        self.about = dataset.manifest.about.overridden(by: about)
    }

    /// Writes both files into the folder of the dataset, and replaces those of an earlier card.
    ///
    /// - Returns: their paths
    /// - Throws: `ExportError` if somebody else wrote the README, `StorageError` if they cannot be written
    package func write() throws -> [String] {
        let folder = try Folder(dataset.folder)
        let names = PreparedDataset.cardNames
        guard try folder.status(of: names[1]) == nil || PreparedDataset.hasCard(folder) else {
            throw ExportError.foreign(path: "\(folder.path)/\(names[1])")
        }
        try AtomicFile.removeRemains(in: folder)
        for (name, text) in zip(names, [try croissant.readableText, markdown]) {
            try folder.write([Array(text.utf8)], to: name)
        }
        return names.map { "\(folder.path)/\($0)" }
    }

    /// The metadata, with digests from the manifest: the files themselves are not read.
    private var croissant: JSONValue {
        get throws {
            let path = "\(dataset.folder)/\(Manifest.fileName)"
            let own = try ReadableFile(path, followsLinks: false)
            let files =
                [Croissant.File(name: Manifest.fileName, bytes: own.size, sha256: try own.digest())]
                + manifest.sideFiles.map { Croissant.File(name: $0.name, bytes: $0.bytes, sha256: $0.sha256) }
                + manifest.shards.map(\.record).map {
                    Croissant.File(name: $0.name, bytes: $0.bytes, sha256: $0.sha256)
                }
            return Croissant(manifest, about, files: files, layout: Croissant.Layout()).json
        }
    }

    // MARK: Markdown

    private var markdown: String {
        let summary = DatasetSummary(manifest)
        var parts = [
            frontMatter, PreparedDataset.cardMark, "# \(manifest.name)",
            about.description.map(Self.withoutHTML) ?? summary.sentence, table,
            """
            ## How it was prepared

            \(list((summary.steps + [summary.missing]).map(Self.escaped)))

            `dataset.json` records the whole pipeline, `provenance.csv.zst` where each image is from. Data with the
            digest `\(manifest.digest.hex)` are the same to the bit.
            """,
        ]
        if !about.creators.isEmpty {
            parts.insert("By \(about.creators.map(Self.escaped).joined(separator: ", ")).", at: 4)
        }
        if !summary.findings.isEmpty {
            parts.append("## What to know\n\n" + list(summary.findings.map(Self.escaped)))
        }
        parts.append(
            """
            ## How to load it

            ```python
            import prep

            for images, labels, ids in prep.open("\(manifest.name)").batches("train", batch_size=256):
                ...
            ```
            """)
        if !about.sources.isEmpty {
            parts.append("## Sources\n\n" + list(about.sources.map(Self.withoutHTML)))
        }
        if let citation = about.citation {
            // Longer than any fence in the text.
            let fence = String(repeating: "`", count: 3 + citation.utf8.count { $0 == UInt8(ascii: "`") })
            parts.append("## Citation\n\n\(fence)text\n\(citation)\n\(fence)")
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// The keys of Hugging Face's dataset cards.
    private var frontMatter: String {
        var lines = ["pretty_name: \(JSONValue.string(manifest.name).canonicalText)"]
        if let license = about.license { lines.append(License(text: license).frontMatter) }
        lines += ["task_categories: [image-classification]", "size_categories: [\"\(sizeCategory)\"]"]
        return "---\n" + lines.joined(separator: "\n") + "\n---"
    }

    /// The Hub's word for the number of images, with augmented copies.
    private var sizeCategory: String {
        let names = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B"]
        let power = max(String(manifest.rows).utf8.count - 3, 0)
        return power == 0 ? "n<1K" : "\(names[power - 1])<n<\(names[power])"
    }

    private var table: String {
        let splits = Split.allCases.filter { manifest[$0].samples > 0 }
        let head = ["class"] + splits.map(\.rawValue)
        let rows = manifest.classes.names.enumerated().prefix(100).map { label, name in
            [Self.escaped(name)] + splits.map { String(manifest[$0].classes[label]) }
        }
        let lines = [head, head.map { _ in "---" }] + rows
        let rest = manifest.classes.count - rows.count
        return lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
            + (rest > 0 ? "\n\n… and \(rest) more classes." : "")
    }

    /// Names as Markdown shows them, whatever it would make of them.
    private static func escaped(_ name: String) -> String {
        let marks = "\\`*_{}[]<>()#|!&".unicodeScalars
        return name.replacing(scalars: Dictionary(uniqueKeysWithValues: marks.map { ($0, "\\\($0)") }))
    }

    /// A text that may be Markdown, but no HTML.
    private static func withoutHTML(_ text: String) -> String {
        text.replacing(scalars: ["<": "&lt;"])
    }

    private func list(_ items: [String]) -> String {
        items.map { "- \($0)" }.joined(separator: "\n")
    }
}
