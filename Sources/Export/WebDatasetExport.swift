// Tar files of PNGs as WebDataset reads them, one for each shard, and an index of each as DALI reads it.
// Formats: https://github.com/webdataset/webdataset – members that differ only in their extensions are one sample;
// wds2idx of https://github.com/NVIDIA/DALI, version 1.2 – the number of samples, then a line for each with extension,
// offset, size and name of its members.

internal import Dataset
internal import Shards
internal import Storage

struct WebDatasetExport: ExportWriter {
    func write(_ source: ExportSource, to folder: Folder) throws {
        for split in source.splits {
            for shard in source.dataset.manifest[split].shards.indices {
                try write(split, shard, source, folder)
            }
        }
    }

    private func write(_ split: Split, _ shard: Int, _ source: ExportSource, _ folder: Folder) throws {
        let name = Self.fileName(split, shard)
        var tar = try ArchiveWriter(folder, "\(name).tar", .gnuTar)
        var index = "v1.2 \(source.dataset.manifest[split].shards[shard].samples)\n"
        var offset = 0
        try source.forEachBlock(of: split, shard) { block in
            for (row, png) in source.pngs(block.samples).enumerated() {
                // Unique over splits, for those who put all tar files together.
                let sample = "\(split.rawValue)-\(ExportSource.name(ofRow: block.first + row))"
                let members = [
                    ("cls", Array(String(block.samples.labels[row]).utf8)),
                    ("json", Array(source.json(block.samples, row).canonicalText.utf8)), ("png", png),
                ]
                let places = try members.map { kind, bytes in
                    try tar.add("\(sample).\(kind)", bytes)
                    // Headers have 512 bytes, and the data are padded to a multiple of them.
                    defer { offset += 512 + (bytes.count + 511) / 512 * 512 }
                    return "\(kind) \(offset + 512) \(bytes.count) \(sample).\(kind)"
                }
                index += places.joined(separator: " ") + "\n"
            }
        }
        try tar.finish()
        try folder.write([Array(index.utf8)], to: "\(name).idx")
    }

    func layout(_ source: ExportSource) -> Croissant.Layout {
        let archives = source.splits.flatMap { split in
            source.dataset.manifest[split].shards.indices.map { "\(Self.fileName(split, $0)).tar" }
        }
        return Croissant.Layout(
            fileSets: [Croissant.fileSet("png", "image/png", includes: "*.png", in: archives)],
            recordSets: [
                Croissant.images(
                    in: "png",
                    names: [
                        "split": "(?:.*/)?([a-z]+)-[0-9]+[.]png", "row": "(?:.*/)?[a-z]+-([0-9]+)[.]png",
                    ])
            ])
    }

    /// Without extension.
    static func fileName(_ split: Split, _ shard: Int) -> String {
        "\(split.rawValue)-\(ShardRecord.padded(shard))"
    }
}
