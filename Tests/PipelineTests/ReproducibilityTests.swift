// Promise 1: the same input, configuration and seed give the same bytes, whatever else differs.

import Configuration
import Dataset
import Foundation
import Imaging
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Reproducibility")
struct ReproducibilityTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Python's zipfile writes the archive's members again, in another order.
    private func shuffleArchive(_ source: String, to target: String, wrapping: String = "") throws {
        let script = """
            import random, sys, zipfile
            a = zipfile.ZipFile(sys.argv[1]); b = zipfile.ZipFile(sys.argv[2], 'w')
            names = a.namelist(); random.Random(3).shuffle(names)
            for name in names: b.writestr(sys.argv[3] + name, a.read(name))
            b.close()
            """
        #expect(try Tool.run("python3", ["-c", script, source, target, wrapping]).status == 0)
    }

    @Test("same bytes for any number of threads, any order and kind of archive, and an unpacked folder")
    func inputs() throws {
        let zip = Fixtures.path("digits.zip")
        let reference = try prepareDataset(zip, to: folder("reference"), workers: 1)
        let expected = try contents(of: folder("reference"))
        #expect(Verification(of: try PreparedDataset(folder("reference")), workers: 2).problems.isEmpty)

        try shuffleArchive(zip, to: folder("shuffled.zip"))
        try shuffleArchive(zip, to: folder("wrapped.zip"), wrapping: "some/digits/")
        try Tool.run("python3", ["-m", "zipfile", "-e", zip, folder("unpacked")])
        #expect(
            try Tool.run("tar", ["czf", folder("digits.tar.gz"), "-C", folder("unpacked"), "."]).status == 0)
        let inputs = [
            (zip, 2), (zip, 7), (folder("shuffled.zip"), 2), (folder("wrapped.zip"), 3),
            (folder("digits.tar.gz"), 2),
            (folder("unpacked"), 2),
        ]
        for (index, (input, workers)) in inputs.enumerated() {
            let manifest = try prepareDataset(input, to: folder("again-\(index)"), workers: workers)
            #expect(manifest.digest == reference.digest, "\(input)")
            #expect(
                try contents(of: folder("again-\(index)")) == expected, "\(input) with \(workers) threads")
        }
    }

    /// The oracle is the day on which these were written down. Whoever changes them on purpose says so.
    @Test("the fixtures have the digests that they have on every machine and day")
    func goldenDigests() throws {
        let kaggle = try prepareDataset(Fixtures.path("digits.zip"), to: folder("kaggle")) {
            $0.augmentation = .init(
                Augmentation(.affine(rotation: 10, shift: 2, scale: 0.1, shear: 5)), copies: 2)
        }
        let asMNIST = try prepareDataset(
            Fixtures.path("digits.zip"), to: folder("shape"), pipeline: "kaggle-as-mnist")
        let mnist = try prepareDataset(Fixtures.path("mnist"), to: folder("mnist"), pipeline: "mnist")
        #expect(kaggle.digest.hex == "f98bbd5464eb0967f8addadbcfa988ff11497a19785ba1bab73249c74e618449")
        #expect(asMNIST.digest.hex == "d968dd98101132a573740f631f470961029bd3c1f9dec66648bf30c287afc427")
        #expect(mnist.digest.hex == "292b4c8a1ba612ffa0cfc5152ce15e348a6bbbb0e6c39f9c6d1b780acc6b7e65")
    }

    /// Good and mangled images, a folder per class: what the pool of decoders and buffers must not mix up.
    private func mangledImages() throws -> [(name: String, bytes: [UInt8])] {
        let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("images")).sorted()
        let good = try names.filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }.map {
            (name: $0, bytes: try Fixtures.bytes("images/\($0)"))
        }
        var images: [(String, [UInt8])] = []
        var random = SeededRandom(seed: 5, purpose: .split)
        for round in 0..<24 {
            for (index, image) in good.enumerated() {
                var bytes = image.bytes
                let kind = round % 6
                if kind > 0, !bytes.isEmpty {
                    // Half of the places lie in the header, where most harm is done.
                    let reach = round % 2 == 0 ? bytes.count : min(bytes.count, 200)
                    let place = Int(random.below(UInt64(reach)))
                    let end = min(place + 1 + Int(random.below(40)), bytes.count)
                    switch kind {
                    case 1: bytes[place] ^= 1 << UInt8(random.below(8))
                    case 2: bytes.removeSubrange(place..<end)
                    case 3: bytes.insert(contentsOf: [0xFF, UInt8(random.below(256))], at: place)
                    case 4: bytes.removeSubrange(place...)
                    default: bytes.replaceSubrange(place..<end, with: repeatElement(0, count: end - place))
                    }
                }
                images.append(("\(index % 3)/\(round)-\(image.name)", bytes))
            }
        }
        return images
    }

    @Test("good and mangled images give one dataset in any order, and each is judged as when it is alone")
    func mangled() throws {
        let images = try mangledImages()
        func tar(_ entries: [(name: String, bytes: [UInt8])], _ name: String) throws -> String {
            try folder.write(name, Tar.archive(entries.map { (Array($0.name.utf8), $0.bytes) }))
            return folder(name)
        }
        func prepare(_ input: String, to output: String, workers: Int) throws -> Manifest {
            try prepareDataset(
                input, to: folder(output), pipeline: "images", workers: workers, overwrite: true
            ) {
                $0.maxRejected = 1
            }
        }
        let reference = try prepare(try tar(images, "0.tar"), to: "reference", workers: 1)
        let expected = try contents(of: folder("reference"))
        #expect(reference.samples > 200 && reference.rejected > 200)
        var random = SeededRandom(seed: 6, purpose: .order)
        for order in 1...100 {
            let input = try tar(images.shuffled(using: &random), "\(order).tar")
            let manifest = try prepare(input, to: "again", workers: 1 + order % 5)
            #expect(manifest.digest == reference.digest)
            if order % 10 == 0 { #expect(try contents(of: folder("again")) == expected) }
            try FileManager.default.removeItem(atPath: input)
        }
        try checkAlone(images)
    }

    /// Every image through a decoder and buffers of its own, compared with the dataset's pixels and reasons.
    private func checkAlone(_ images: [(name: String, bytes: [UInt8])]) throws {
        let dataset = try PreparedDataset(folder("reference"))
        let reasons = Dictionary(
            uniqueKeysWithValues: try dataset.rejections().map { ($0.key, $0.reason) })
        let rows = try dataset.provenance()
        let ids = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1.key, $0) })
        var pixels: [Int: [UInt8]] = [:]
        for shard in dataset.manifest.shards {
            let samples = try ShardReader(dataset, shard.split, shard.number).samples()
            for row in samples.ids.indices { pixels[Int(samples.ids[row])] = Array(samples.image(row)) }
        }
        for image in images {
            try folder.write("alone.png", image.bytes)
            var preparation = ImagePreparation(try PipelineConfiguration.named("images"), channels: 3)
            try preparation.forEachImage(at: folder("alone.png")) { outcome in
                let key = Key(utf8: image.name)
                if let problem = outcome.problem {
                    #expect(reasons[key] == problem, "\(image.name)")
                } else {
                    #expect(ids[key].map { pixels[$0] } == outcome.pixels, "\(image.name)")
                }
            }
        }
    }

    @Test("what is drawn for a sample does not depend on which other samples there are")
    func copiesHangOnKeys() throws {
        try Tool.run("python3", ["-m", "zipfile", "-e", Fixtures.path("digits.zip"), folder("in")])
        func copies(_ output: String) throws -> [Key: [UInt8]] {
            _ = try prepareDataset(folder("in"), to: folder(output)) {
                $0.ratios = SplitRatios([1, 0, 0]) ?? .standard
                $0.augmentation = .init(Augmentation(.affine(rotation: 10, shift: 2)), copies: 1)
            }
            let dataset = try PreparedDataset(folder(output))
            let keys = try dataset.provenance().map(\.key)
            var found: [Key: [UInt8]] = [:]
            for shard in dataset.manifest.shards {
                let samples = try ShardReader(dataset, shard.split, shard.number).samples()
                for row in samples.ids.indices where samples.copies?[row] == 1 {
                    found[keys[Int(samples.ids[row])]] = Array(samples.image(row))
                }
            }
            return found
        }
        let before = try copies("a")
        // The first of all keys: every id changes.
        try folder.write("in/0/AAA.jpg", try Fixtures.bytes("images/jpeg-rgb-420.jpg"))
        let after = try copies("b")
        #expect(before.count == 203 && after.count == 204)
        for (key, image) in before { #expect(after[key] == image, "\(key)") }
    }
}
