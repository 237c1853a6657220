// A small dataset written by hand, without the pipeline.

import Dataset
import TestSupport

@testable import Shards

/// Train samples in some shards, 100 of validation, 50 of test; two classes.
enum HandmadeDataset {
    static let size = ImageSize(width: 3, height: 2)

    /// - Parameters:
    ///   - train: samples of each shard of train
    ///   - copies: number and label of each copy of the train sample of an id; `nil` for a dataset without any
    ///   - rowChange: applied to the provenance before it is written
    ///   - pixels: of the sample of an id
    @discardableResult
    static func write(
        _ codec: Manifest.Compression.Codec = .zstd, to path: String, overwrite: Bool = false,
        seed: UInt64 = 7, train: [Int] = [300, 300], size: ImageSize = size,
        copies: ((Int) -> [(number: Int, label: Int)])? = nil,
        rowChange: (inout [ProvenanceRow]) -> Void = { _ in },
        pixels: (Int) -> [UInt8] = { id in
            [0, 1, 2, 3].map { UInt8(truncatingIfNeeded: id >> ($0 * 4)) } + [5, 6]
        }
    ) throws -> Manifest {
        let classes = try ClassNames(ordered: ["0", "1"]).unwrapped
        let compression = Manifest.Compression(codec: codec, level: 1)
        let output = try OutputFolder(path, overwrite: overwrite)
        var rows: [ProvenanceRow] = []
        var splits: [Split: Manifest.SplitContents] = [:]
        var moments = PixelMoments(channels: 1)
        for (split, shardSizes) in [(Split.train, train), (.validation, [100]), (.test, [50])] {
            var records: [ShardRecord] = []
            var copyCount = 0
            for (number, count) in shardSizes.enumerated() {
                let ids = (0..<count).map { UInt32(rows.count + $0) }
                let added =
                    split == .train ? ids.flatMap { id in (copies?(Int(id)) ?? []).map { (id, $0) } } : []
                copyCount += added.count
                let rowIDs = ids + added.map(\.0)
                let labels = ids.map { UInt16($0 % 2) } + added.map { UInt16($0.1.label) }
                let numbers = ids.map { _ in UInt8(0) } + added.map { UInt8($0.1.number) }
                let samples = ShardSamples(
                    ids: rowIDs, labels: labels, copies: copies == nil ? nil : numbers,
                    images: rowIDs.flatMap { pixels(Int($0)) },
                    shape: ImageShape(size: size, channels: 1))
                for (slot, id) in ids.enumerated() {
                    let digits = String(id)
                    rows.append(
                        ProvenanceRow(
                            key: Key(
                                utf8: String(repeating: "0", count: 5 - digits.count) + digits
                                    + ", \"odd\" name.png"),
                            label: String(id % 2), split: split, shard: number, slot: slot,
                            source: Digest(of: "\(id)"), sourceSize: size, group: nil, operations: ""))
                }
                if split == .train { moments.add(PixelMoments(samples.images, channels: 1)) }
                let identity = ShardIdentity(
                    split: split, shard: number, shards: shardSizes.count, classes: classes)
                records.append(
                    try ShardWriter(compression: compression).write(
                        samples, identity: identity, to: output.partial))
            }
            let total = shardSizes.reduce(0, +)
            let odd = rows.count { $0.split == split && $0.label == "1" }
            splits[split] = .init(
                samples: total, copies: copyCount, classes: [total - odd, odd], shards: records)
        }
        rowChange(&rows)
        let provenance = try SideFile.write(
            Provenance.encode(count: rows.count) { write in for row in rows { try write(row) } },
            name: Provenance.fileName, folder: output.partial)
        let rejections = try SideFile.write(
            Rejections.encode([Rejection(key: "a/b\u{1B}[31m.png", reason: "empty, \"file\"")]),
            name: Rejections.fileName, folder: output.partial)
        let blank = [3, UInt32(rows.count - 1)]
        let findingTable = try SideFile.write(
            FindingTable.encode(blank.map { .init(finding: "blank", set: nil, id: $0, value: 12.5) }) { id in
                (rows[Int(id)].key, rows[Int(id)].label)
            }, name: FindingTable.fileName, folder: output.partial)
        let manifest = Manifest(
            name: "x", seed: seed, classes: classes, image: ImageShape(size: size, channels: 1),
            samples: rows.count, rejected: 1,
            duplicates: .init(groups: 0, samples: 0), splits: splits, mean: moments.mean,
            std: moments.standardDeviation, compression: compression,
            configuration: .object(["name": .string("x")]), provenance: provenance, rejections: rejections,
            findingTable: findingTable,
            findings: [
                Finding(
                    name: "blank", rule: "nothing there", threshold: 24, samples: 2,
                    examples: blank),
                Finding(name: "duplicate", rule: "the same", threshold: 0, samples: 0, groups: [[1, 2]]),
                Finding(name: "imbalance", rule: "few", threshold: 0.5, samples: 0, classes: ["1"]),
            ])
        try output.commit(manifest)
        return manifest
    }
}

extension Optional {
    /// The value, or a failed test.
    var unwrapped: Wrapped {
        get throws {
            guard let self else { throw Missing() }
            return self
        }
    }
}

private struct Missing: Error {}
