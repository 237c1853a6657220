import Dataset
import Foundation
import TestSupport
import Testing

@testable import Shards

@Suite("Dataset folders")
struct DatasetFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A small dataset written by hand: 600 train samples in two shards, 100 of validation, 50 of test.
    private func write(_ codec: Manifest.Compression.Codec = .zstd, to name: String = "x") throws -> Manifest
    {
        let size = ImageSize(width: 3, height: 2)
        let compression = Manifest.Compression(codec: codec, level: 1)
        let output = try OutputFolder(folder(name), overwrite: false)
        try output.begin(plan: Digest(of: "plan"))
        var rows: [ProvenanceRow] = []
        var splits: [Split: Manifest.SplitContents] = [:]
        var moments = PixelMoments()
        for (split, shardSizes) in [(Split.train, [300, 300]), (.validation, [100]), (.test, [50])] {
            var records: [ShardRecord] = []
            for (number, count) in shardSizes.enumerated() {
                let ids = (0..<count).map { UInt32(rows.count + $0) }
                let samples = ShardSamples(
                    ids: ids, labels: ids.map { UInt16($0 % 2) }, copies: nil,
                    images: ids.flatMap { id in
                        [0, 1, 2, 3].map { UInt8(truncatingIfNeeded: Int(id) >> ($0 * 4)) } + [5, 6]
                    },
                    size: size)
                for (slot, id) in ids.enumerated() {
                    rows.append(
                        ProvenanceRow(
                            key: "\(id % 2)/\(id), \"odd\" name.png", label: String(id % 2), split: split,
                            shard: number,
                            slot: slot, source: Digest(of: "\(id)"), sourceSize: size, group: nil,
                            operations: ""))
                }
                if split == .train { moments.add(PixelMoments(samples.images)) }
                let identity = ShardIdentity(
                    split: split, shard: number, shards: shardSizes.count, classes: ["0", "1"],
                    bufferSHA256: Digest(of: ""))
                records.append(
                    try ShardWriter(compression: compression).write(
                        samples, identity: identity, to: output.partial))
            }
            let total = shardSizes.reduce(0, +)
            splits[split] = .init(
                samples: total, copies: 0, classes: ["0": total / 2, "1": total / 2], shards: records)
        }
        let provenance = try SideFile.write(
            Provenance.encode(rows), name: Provenance.fileName, folder: output.partial)
        let rejections = try SideFile.write(
            Rejections.encode([]), name: Rejections.fileName, folder: output.partial)
        let manifest = Manifest(
            name: "x", seed: 7, classes: ["0", "1"], image: size, samples: 750, rejected: 0,
            duplicates: .init(groups: 0, samples: 0), splits: splits, mean: moments.mean,
            std: moments.standardDeviation, compression: compression, configuration: .object([:]),
            provenance: provenance, rejections: rejections)
        try output.commit(manifest)
        return manifest
    }

    private func problems(_ name: String = "x") throws -> [String] {
        Verification(of: try PreparedDataset(folder(name)), workers: 2).problems
    }

    @Test(
        "what is written is read back and verified, compressed or not",
        arguments: Manifest.Compression.Codec.allCases)
    func roundTrip(codec: Manifest.Compression.Codec) throws {
        let manifest = try write(codec)
        let dataset = try PreparedDataset(folder("x"))
        #expect(dataset.manifest == manifest)
        #expect(try problems().isEmpty)
        let samples = try ShardReader(manifest.shards[1].record, folder: dataset.folder).samples()
        #expect(samples.ids == (300..<600).map { UInt32($0) })
        #expect(samples.labels == samples.ids.map { UInt16($0 % 2) })
        #expect(try dataset.provenance()[5].key == "1/5, \"odd\" name.png")
        #expect(manifest.shards[0].record.frames.count == 4)  // head, two blocks, tail
    }

    @Test("zstd -d restores the exact safetensors file")
    func zstdTool() throws {
        let compressed = try write(.zstd, to: "z")
        let plain = try write(.none, to: "n")
        #expect(compressed.digest == plain.digest)
        for (a, b) in zip(compressed.shards, plain.shards) {
            #expect(
                try Tool.run("zstd", ["-dq", folder("z/\(a.record.name)"), "-o", folder("out")]).status == 0)
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: folder("out")))
                    == Data(contentsOf: URL(fileURLWithPath: folder("n/\(b.record.name)"))))
            try FileManager.default.removeItem(atPath: folder("out"))
            #expect(Digest(of: try FileSystem.read(folder("n/\(b.record.name)"))) == a.record.contentSHA256)
        }
    }

    @Test("labels of more than 256 classes are 16 bits wide")
    func manyClasses() throws {
        let classes = (0..<300).map(String.init)
        let samples = ShardSamples(
            ids: [0, 1], labels: [299, 3], copies: [0, 1], images: [1, 2],
            size: ImageSize(width: 1, height: 1))
        let identity = ShardIdentity(
            split: .train, shard: 0, shards: 1, classes: classes, bufferSHA256: Digest(of: ""))
        let record = try ShardWriter(compression: .init(codec: .zstd, level: 1)).write(
            samples, identity: identity, to: folder.path)
        let reader = try ShardReader(record, folder: folder.path)
        #expect(try reader.samples() == samples)
        #expect(reader.header.tensors.map(\.name) == ["ids", "labels", "copies", "images"])
    }

    @Test("any changed byte of any file is found", arguments: Manifest.Compression.Codec.allCases)
    func tampering(codec: Manifest.Compression.Codec) throws {
        _ = try write(codec)
        for (name, original) in try contents(of: folder("x")).sorted(by: { $0.key < $1.key }) {
            for position in stride(from: 0, to: original.count, by: max(original.count / 23, 1)) {
                var changed = original
                changed[position] ^= 0x04
                try changed.write(to: URL(fileURLWithPath: folder("x/\(name)")))
                // The manifest may refuse to open at all, which is as good.
                let found = (try? problems()) ?? ["refused"]
                // White space and order are not part of a manifest's meaning.
                let isHarmless =
                    name == Manifest.fileName
                    && (try? PreparedDataset(folder("x")).manifest)
                        == (try? Manifest(contentsOf: folder("x/dataset.json")))
                #expect(!found.isEmpty || isHarmless, "\(name) at \(position)")
            }
            try original.write(to: URL(fileURLWithPath: folder("x/\(name)")))
        }
        #expect(try problems().isEmpty)
    }

    @Test("a missing, truncated or additional file is found and named")
    func files() throws {
        let manifest = try write()
        let name = manifest.shards[0].record.name
        let bytes = try FileSystem.read(folder("x/\(name)"))
        try folder.write("x/\(name)", Array(bytes.dropLast()))
        #expect(try problems().contains { $0.contains(name) && $0.contains("instead of") })
        try FileManager.default.removeItem(atPath: folder("x/\(name)"))
        #expect(try problems().contains { $0.contains(name) && $0.contains("No such file") })
        try folder.write("x/\(name)", bytes)
        try folder.write("x/notes.txt", [1])
        #expect(try problems() == ["\(folder("x"))/notes.txt is not part of the dataset"])
    }

    @Test("swapping two samples between splits is found even with all digests made right")
    func leak() throws {
        // Written with a duplicate image across splits: ids 0 and 700 get the same pixels.
        _ = try write()
        var dataset = try PreparedDataset(folder("x")).manifest
        let test = try #require(dataset.splits[.test]?.shards.first)
        var samples = try ShardReader(test, folder: folder("x")).samples()
        let train = try #require(dataset.splits[.train]?.shards.first)
        let twin = try ShardReader(train, folder: folder("x")).samples().image(0)
        samples.images.replaceSubrange(0..<6, with: twin)
        let identity = ShardIdentity(
            split: .test, shard: 0, shards: 1, classes: ["0", "1"], bufferSHA256: Digest(of: ""))
        dataset.splits[.test]?.shards[0] = try ShardWriter(compression: dataset.compression).write(
            samples, identity: identity, to: folder("x"))
        dataset.digest = dataset.rootDigest()
        try folder.write("x/dataset.json", Array(try JSONValue(encoding: dataset).readableText.utf8))
        #expect(try problems().contains("1 images lie in more than one split"))
    }

    @Test("a manifest of another format or version is refused by name")
    func version() throws {
        _ = try write()
        let text = String(decoding: try FileSystem.read(folder("x/dataset.json")), as: UTF8.self)
        try folder.write(
            "x/dataset.json",
            Array(text.replacingOccurrences(of: "\"version\": 1", with: "\"version\": 2").utf8))
        #expect(
            throws: ShardError.unsupportedVersion(path: folder("x/dataset.json"), found: "prep-dataset 2")
        ) {
            try PreparedDataset(folder("x"))
        }
        try folder.write("x/dataset.json", Array("{".utf8))
        #expect(
            throws: ShardError.malformedManifest(path: folder("x/dataset.json"), reason: "malformed JSON")
        ) {
            try PreparedDataset(folder("x"))
        }
    }

    @Test("a folder without a manifest is no dataset, and an interrupted one says so")
    func notADataset() throws {
        #expect(throws: ShardError.notADataset(folder: folder.path)) { try PreparedDataset(folder.path) }
        _ = try OutputFolder(folder("new"), overwrite: false)
        #expect(throws: ShardError.unfinished(folder: folder("new"))) { try PreparedDataset(folder("new")) }
    }

    @Test("two runs cannot write to one folder at once")
    func lock() throws {
        let first = try OutputFolder(folder("x"), overwrite: false)
        #expect(throws: ShardError.busy(folder: folder("x"))) {
            try OutputFolder(folder("x"), overwrite: false)
        }
        first.discard()
        #expect(!FileManager.default.fileExists(atPath: folder("x")))
    }

    @Test("a shard that an interrupted run had finished is taken over, a damaged one is not")
    func resuming() throws {
        let samples = ShardSamples(
            ids: [0], labels: [0], copies: nil, images: [9], size: ImageSize(width: 1, height: 1))
        let identity = ShardIdentity(
            split: .train, shard: 0, shards: 1, classes: ["0"], bufferSHA256: Digest(of: ""))
        func open(_ plan: String) throws -> OutputFolder {
            let output = try OutputFolder(folder("x"), overwrite: false)
            try output.begin(plan: Digest(of: plan))
            return output
        }
        var record: ShardRecord?
        do {
            let output = try open("a")
            let written = try ShardWriter(compression: .init(codec: .none, level: 0)).write(
                samples, identity: identity, to: output.partial)
            try output.noteFinished(written)
            record = written
        }
        let name = try #require(record).name
        do { #expect(try open("a").finishedShard(name) == record) }
        try folder.write("x/.partial/\(name)", [1, 2, 3])
        do { #expect(try open("a").finishedShard(name) == nil) }
        // Another plan starts afresh.
        do { #expect(try open("b").finishedShard(name) == nil) }
        #expect(!FileManager.default.fileExists(atPath: folder("x/.partial/\(name)")))
    }
}
