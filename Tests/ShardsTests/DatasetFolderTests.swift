import Dataset
import Foundation
import Storage
import TestSupport
import Testing

@testable import Shards

@Suite("Dataset folders")
struct DatasetFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ codec: Manifest.Compression.Codec = .zstd, to name: String = "x") throws -> Manifest
    {
        try HandmadeDataset.write(codec, to: folder(name))
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
        let samples = try ShardReader(dataset, .train, 1).samples()
        #expect(samples.ids == (300..<600).map { UInt32($0) })
        #expect(samples.labels == samples.ids.map { UInt16($0 % 2) })
        #expect(try dataset.provenance()[5].key == "00005, \"odd\" name.png")
        #expect(try dataset.provenance()[5].sourceSize == HandmadeDataset.size)
        #expect(try dataset.rejections() == [Rejection(key: "a/b\u{1B}[31m.png", reason: "empty, \"file\"")])
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

    @Test("images of three channels have a dimension for them, gray ones have none")
    func channels() throws {
        let classes = try ClassNames(ordered: ["0", "1"]).unwrapped
        let identity = ShardIdentity(split: .train, shard: 0, shards: 1, classes: classes)
        for (channels, dimensions) in [(1, [2, 1, 2]), (3, [2, 1, 2, 3])] {
            let shape = ImageShape(size: ImageSize(width: 2, height: 1), channels: channels)
            let pixels = Array(0..<UInt8(2 * shape.byteCount))
            let samples = ShardSamples(
                ids: [0, 1], labels: [0, 1], copies: nil, images: pixels, shape: shape)
            #expect(Array(samples.image(1)) == Array(pixels.dropFirst(shape.byteCount)))
            var bytes: [UInt8] = []
            try ShardContent(samples, identity: identity).forEachFrame { bytes += $0 }
            let header = try bytes.withUnsafeBytes {
                try SafetensorsHeader(reading: $0, fileSize: $0.count, file: "x")
            }
            #expect(header["images"]?.shape == dimensions)
            var object = try JSONObject(.object(["image": shape.json]))
            #expect(try object.shape("image") == shape)
        }
        for channels in [0, 1, 2, 4] {
            let image = JSONValue.object([
                "width": .integer(2), "height": .integer(1), "channels": .integer(channels),
            ])
            #expect(throws: JSONProblem.self) {
                var object = try JSONObject(.object(["image": image]))
                _ = try object.shape("image")
            }
        }
    }

    @Test("labels of more than 256 classes are 16 bits wide")
    func manyClasses() throws {
        let classes = try ClassNames(ordered: (0..<300).map(String.init)).unwrapped
        let samples = ShardSamples(
            ids: [0, 1], labels: [299, 3], copies: [0, 1], images: [1, 2],
            shape: ImageShape(size: ImageSize(width: 1, height: 1), channels: 1))
        let content = ShardContent(
            samples, identity: ShardIdentity(split: .train, shard: 0, shards: 1, classes: classes))
        var bytes: [UInt8] = []
        try content.forEachFrame { bytes += $0 }
        let header = try bytes.withUnsafeBytes {
            try SafetensorsHeader(reading: $0, fileSize: $0.count, file: "x")
        }
        #expect(header.tensors.map(\.name) == ["ids", "labels", "copies", "images"])
        #expect(header["labels"]?.type == .u16)
        #expect(Array(bytes[header.size...]) == [0, 0, 0, 0, 1, 0, 0, 0, 43, 1, 3, 0, 0, 1, 1, 2])
    }

    @Test(
        "any changed bit of any file is found, in the manifest as well",
        arguments: Manifest.Compression.Codec.allCases)
    func tampering(codec: Manifest.Compression.Codec) throws {
        _ = try write(codec)
        for (name, original) in try contents(of: folder("x")).sorted(by: { $0.key < $1.key }) {
            for position in stride(from: 0, to: original.count, by: max(original.count / 199, 1)) {
                var changed = original
                changed[position] ^= 1 << UInt8(position % 8)
                try changed.write(to: URL(fileURLWithPath: folder("x/\(name)")))
                // The manifest may refuse to open at all, which is as good.
                let found = (try? problems()) ?? ["refused"]
                // Blanks between values are not part of a manifest's meaning: a flip can make one of another.
                let meaning = try? JSONValue(parsing: Array(changed))
                let isBlank = try name == Manifest.fileName && meaning == JSONValue(parsing: Array(original))
                #expect(!found.isEmpty || isBlank, "\(name) at \(position)")
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
        // Nobody takes memory for what is not as large as it should be.
        let table = try #require(FileHandle(forWritingAtPath: folder("x/rejected.csv")))
        try table.truncate(atOffset: 1 << 42)
        #expect(try problems().contains { $0.contains("rejected.csv: 4398046511104 bytes instead of") })
        try table.truncate(atOffset: UInt64(manifest.rejections.bytes))
        try folder.write("x/notes.txt", [1])
        #expect(try problems() == ["\(folder("x"))/notes.txt is not part of the dataset"])
    }

    @Test("an image that lies in two splits is found even with all digests made right")
    func leak() throws {
        // Ids 0 (train) and 700 (test) have the same pixels.
        func pixels(_ id: Int) -> [UInt8] {
            [0, 1, 2, 3].map { UInt8(truncatingIfNeeded: (id == 700 ? 0 : id) >> ($0 * 4)) } + [5, 6]
        }
        try HandmadeDataset.write(to: folder("x"), pixels: pixels)
        #expect(try problems().contains("1 images lie in more than one split, not 0"))
        #expect(try problems().contains { $0.contains("1 groups of 2 identical images, not 0") })
    }

    @Test("a row of the provenance with another slot, or another label, is found")
    func provenanceRows() throws {
        try HandmadeDataset.write(
            to: folder("slot"),
            rowChange: { rows in
                let first = rows[0].slot
                rows[0].slot = rows[2].slot
                rows[2].slot = first
            })
        try HandmadeDataset.write(to: folder("label"), rowChange: { rows in rows[5].label = "0" })
        for name in ["slot", "label"] {
            #expect(
                try problems(name).contains { $0.contains("rows have a wrong place, label, group or fold") })
        }
    }

    @Test("a folder whose manifest cannot be read is replaced only if all in it is ours")
    func brokenManifest() throws {
        for name in ["damaged", "alone", "shared"] {
            try folder.write("\(name)/dataset.json", Array("{}".utf8))
        }
        for name in ["damaged", "shared"] {
            try folder.write("\(name)/train-00000-of-00001.safetensors", [1])
        }
        try folder.write("shared/thesis.txt", [1])
        #expect(throws: Never.self) { try OutputFolder(folder("damaged"), overwrite: true) }
        // Without shards, it may be that of another program.
        for name in ["alone", "shared"] {
            #expect(throws: ShardError.notOurs(folder: folder(name))) {
                try OutputFolder(folder(name), overwrite: true)
            }
        }
    }

    @Test("copies that are numbered or labelled wrongly are found even with all digests made right")
    func copies() throws {
        try HandmadeDataset.write(to: folder("good"), copies: { [(1, $0 % 2), (2, $0 % 2)] })
        #expect(try problems("good").isEmpty)
        try HandmadeDataset.write(to: folder("twice"), copies: { [(1, $0 % 2), ($0 == 9 ? 1 : 2, $0 % 2)] })
        #expect(try problems("twice") == ["copies of a sample are not numbered from 1 to 2"])
        try HandmadeDataset.write(to: folder("third"), copies: { [(1, $0 % 2), ($0 == 9 ? 3 : 2, $0 % 2)] })
        #expect(try problems("third") == ["copies of a sample are not numbered from 1 to 2"])
        try HandmadeDataset.write(to: folder("label"), copies: { [(1, $0 == 9 ? 0 : $0 % 2)] })
        #expect(try problems("label") == ["1 copies have a different label than their original"])
    }

    @Test("a manifest of another format or version is refused by name")
    func version() throws {
        _ = try write()
        let text = String(decoding: try FileSystem.read(folder("x/dataset.json")), as: UTF8.self)
        try folder.write(
            "x/dataset.json",
            Array(text.replacingOccurrences(of: "\"version\": 3", with: "\"version\": 1").utf8))
        #expect(
            throws: ShardError.unsupportedVersion(path: folder("x/dataset.json"), found: "prep-dataset 1")
        ) {
            try PreparedDataset(folder("x"))
        }
        try folder.write("x/dataset.json", Array("{".utf8))
        #expect(
            throws: ShardError.malformedManifest(
                path: folder("x/dataset.json"), reason: "malformed JSON at byte 1: a name is expected here")
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
        #expect(throws: StorageError.busy(folder: folder("x"))) {
            try OutputFolder(folder("x"), overwrite: false)
        }
        first.discard()
        #expect(!FileManager.default.fileExists(atPath: folder("x")))
    }

    @Test("what a run that was killed has left is gone when the next one begins")
    func remains() throws {
        try folder.write("x/.partial/train-00000-of-00001.safetensors", [1, 2, 3])
        let output = try OutputFolder(folder("x"), overwrite: false)
        try output.removeRemains()
        #expect(try output.partial.names().isEmpty)
        output.discard()
        #expect(!FileManager.default.fileExists(atPath: folder("x/.partial")))
    }
}
