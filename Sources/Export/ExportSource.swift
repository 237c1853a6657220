// The rows of a dataset in the order in which every export has them.

internal import Dataset
internal import Imaging
internal import Parallel
internal import Shards
internal import Storage

/// Some rows of a split, one after the other.
struct ExportBlock {
    /// Number of the first one within its split.
    let first: Int
    let samples: ShardSamples
}

/// A row without its image.
struct ExportRow {
    /// Within its split.
    let number: Int
    let id: UInt32
    let label: Int
    /// 0 for an original, else the number of the augmented copy.
    let copy: UInt8
    let origin: ProvenanceRow
}

/// A dataset that is exported. Rows are in stored order, which is random and the same everywhere; augmented copies are
/// rows of train.
struct ExportSource: Sendable {
    let dataset: PreparedDataset
    /// By id.
    let provenance: [ProvenanceRow]
    let workers: Int

    private let poll: @Sendable () throws -> Void

    init(_ dataset: PreparedDataset, workers: Int, poll: @escaping @Sendable () throws -> Void) throws {
        (self.dataset, self.workers, self.poll) = (dataset, workers, poll)
        provenance = try dataset.provenance()
    }

    var shape: ImageShape { dataset.manifest.image }

    /// Those that have rows.
    var splits: [Split] { Split.allCases.filter { dataset.manifest.hasSamples($0) } }

    /// Number of rows of a split.
    func rows(_ split: Split) -> Int { dataset.manifest[split].rows }

    /// Calls `body` with each row of a split.
    func forEachRow(of split: Split, _ body: (ExportRow) throws -> Void) throws {
        var number = 0
        for shard in dataset.manifest[split].shards.indices {
            let rows = try ShardReader(dataset, split, shard).identities()
            for (index, id) in rows.ids.enumerated() {
                try body(
                    ExportRow(
                        number: number, id: id, label: Int(rows.labels[index]),
                        copy: rows.copies?[index] ?? 0, origin: provenance[Int(id)]))
                number += 1
            }
        }
    }

    /// Calls `body` with all rows of a split and their images, a block at a time.
    func forEachBlock(of split: Split, _ body: (ExportBlock) throws -> Void) throws {
        for shard in dataset.manifest[split].shards.indices { try forEachBlock(of: split, shard, body) }
    }

    /// Calls `body` with the rows of one shard, a block at a time.
    func forEachBlock(of split: Split, _ shard: Int, _ body: (ExportBlock) throws -> Void) throws {
        let first = dataset.manifest[split].shards[..<shard].reduce(0) { $0 + $1.samples }
        let reader = try ShardReader(dataset, split, shard)
        let rows = try reader.identities()
        try reader.forEachBlock { block, images in
            try poll()
            let range = reader.record.rows(ofBlock: block)
            let samples = ShardSamples(
                ids: Array(rows.ids[range]), labels: Array(rows.labels[range]),
                copies: rows.copies.map { Array($0[range]) }, images: images, shape: shape)
            try body(ExportBlock(first: first + range.lowerBound, samples: samples))
        }
    }

    /// What a row of a block is, besides its image and label.
    func json(_ samples: ShardSamples, _ row: Int) -> JSONValue {
        let origin = provenance[Int(samples.ids[row])]
        return .object([
            "class": .string(origin.label), "id": .integer(Int(samples.ids[row])),
            "copy": .integer(Int(samples.copies?[row] ?? 0)), "key": .string(origin.key.text),
            "sha256": .string(origin.source.hex),
        ])
    }

    /// The images of a block as PNG files.
    func pngs(_ samples: ShardSamples) -> [[UInt8]] {
        let files = Lock([[UInt8]](repeating: [], count: samples.count))
        forEachIndex(below: samples.count, workers: workers) { (_: Int, row: Int) in
            let file = samples.image(row).withUnsafeBufferPointer { PNGEncoder.encode($0, shape) }
            files.withLock { $0[row] = file }
        }
        return files.withLock { $0 }
    }

    /// The name of a row in formats of one file per image: its number in the split, eight digits or more.
    static func name(ofRow row: Int) -> String {
        let digits = String(row)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}
