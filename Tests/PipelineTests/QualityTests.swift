// Oracles: images drawn to have each fault, and comparison of every pair.

import Dataset
import Foundation
import Imaging
import Shards
import Synthesis
import TestSupport
import Testing

@testable import Pipeline

@Suite("Quality findings")
struct QualityTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Gray pixels of a stroke on paper; `shape` varies it.
    private func photo(
        paper: UInt8 = 240, ink: UInt8 = 40, line: Bool = false, touching: Bool = false, width: Int = 40,
        height: Int = 60, shape: Int = 0
    ) -> PixelBuffer {
        var pixels = [UInt8](repeating: paper, count: width * height)
        for y in height / 4..<height * 3 / 4 {
            let center = width / 2 + (shape % 7 - 3) * (y - height / 2) / 12
            for x in center - 2...center + 2 where (0..<width).contains(x) { pixels[y * width + x] = ink }
        }
        for x in width / 4..<width / 4 + shape / 7 + 1 {
            for y in height / 2..<height / 2 + 4 { pixels[y * width + x] = ink }
        }
        if line { for y in 0..<height { pixels[y * width + 1] = ink } }
        if touching {
            for y in height / 2..<height / 2 + 4 { for x in 0..<width / 2 { pixels[y * width + x] = ink } }
        }
        return PixelBuffer(
            pixels, shape: ImageShape(size: ImageSize(width: width, height: height), channels: 1))
    }

    private func measures(_ image: borrowing PixelBuffer) -> ImageMeasures { ImageMeasures(source: image) }

    @Test("measures see paper, strength, lines and touching ink, whatever the polarity")
    func measures() {
        let plain = measures(photo())
        #expect(plain.paper == 240 && plain.strength == 200 && plain.frame < 20 && plain.edge == 0)
        let lined = measures(photo(line: true))
        #expect(lined.frame == 100 && lined.edge == 0)
        let touching = measures(photo(touching: true))
        #expect(touching.frame < 50 && touching.edge >= 20)
        let board = measures(photo(paper: 15, ink: 215))
        #expect(board.paper == 15 && board.strength == 200 && board.frame == plain.frame)
        #expect(measures(photo(ink: 230)).strength == 10)
        for (width, height) in [(1, 1), (1, 5), (3, 2)] {
            let size = ImageSize(width: width, height: height)
            let tiny = PixelBuffer(
                [UInt8](repeating: 7, count: size.area), shape: ImageShape(size: size, channels: 1))
            #expect(measures(tiny).strength == 0)
        }
    }

    /// A table of gray 40x60 images as staged, without files.
    private func screen(
        _ images: [(key: String, label: String, pixels: [UInt8], size: ImageSize)], drop: [FindingKind] = [],
        workers: Int = 2, reversed: Bool = false
    ) throws -> (findings: [Finding], table: SampleTable) {
        let target = ImageSize(width: 28, height: 28)
        let store = PixelStore(imageBytes: target.area, memory: 1 << 20, scratchFolder: folder.path)
        var staged = StagedEntries(pixels: store, shape: ImageShape(size: target, channels: 1))
        var batches: [[StagedSample]] = []
        var workspace = Workspace()
        let labels = Array(Set(images.map(\.label))).sorted()
        staged.labelNames = labels.map { Key(utf8: $0) }
        for image in reversed ? images.reversed() : images {
            var buffer = PixelBuffer(image.pixels, shape: ImageShape(size: image.size, channels: 1))
            let measures = ImageMeasures(source: buffer)
            Resize(size: target).apply(to: &buffer, workspace: &workspace)
            let slot = try store.reserve(1).lowerBound
            try store.write(buffer.bytes, from: slot)
            var sample = StagedSample(
                key: Key(utf8: image.key), source: .member(Digest(of: image.key)), sourceSize: image.size,
                pixels: ShortDigest(Digest(of: Array(buffer.bytes))),
                labelNumber: UInt32(labels.firstIndex(of: image.label) ?? 0), input: 0, operations: [],
                givenSplit: nil, measures: measures)
            sample.slot = UInt32(slot)
            batches.append([sample])
        }
        staged.rows = StagedArray(batches)
        var configuration = try PipelineConfiguration.named("kaggle")
        var table = try SampleTable(staged, InputNames(["test"]), configuration)
        configuration.drop = drop
        let screening = try Screening(
            &table, pixels: store, shape: staged.shape, configuration: configuration, workers: workers,
            input: "test"
        )
        return (screening.findings, table)
    }

    private typealias Photo = (key: String, label: String, pixels: [UInt8], size: ImageSize)

    private func entry(_ key: String, _ label: String = "0", _ image: borrowing PixelBuffer) -> Photo {
        ("\(label)/\(key)", label, Array(image.bytes), image.shape.size)
    }

    /// Twenty good photos of two classes, and one or two of every fault.
    private func faults() -> [Photo] {
        var photos: [Photo] = []
        for shape in 0..<20 {
            photos.append(entry("good \(100 + shape)", shape % 2 == 0 ? "0" : "1", photo(shape: shape * 3)))
        }
        photos.append(entry("blank", "0", photo(ink: 238)))
        photos.append(entry("faint", "0", photo(ink: 180, shape: 1)))
        photos.append(entry("frame", "0", photo(line: true, shape: 2)))
        photos.append(entry("gray", "1", photo(paper: 170, ink: 20, shape: 4)))
        photos.append(entry("inverted", "1", photo(paper: 10, ink: 220, shape: 5)))
        photos.append(entry("large", "1", photo(width: 120, height: 200, shape: 8)))
        photos.append(entry("small", "1", photo(width: 14, height: 20, shape: 3)))
        photos.append(entry("touching", "0", photo(touching: true, shape: 10)))
        photos.append(entry("twin", "0", photo(ink: 90, shape: 16)))
        photos.append(entry("twin", "1", photo(ink: 90, shape: 16)))
        let near = photo(ink: 90, shape: 20)
        var nearPixels = Array(near.bytes)
        photos.append(entry("near a", "0", near))
        for index in nearPixels.indices where index % 7 == 0 { nearPixels[index] -= 3 }
        photos.append(("0/near b", "0", nearPixels, ImageSize(width: 40, height: 60)))
        photos.append(entry("rare", "2", photo(shape: 13)))
        return photos
    }

    private func keys(
        _ result: (findings: [Finding], table: SampleTable), _ kind: FindingKind
    ) throws -> [String] {
        let finding = result.findings.first { $0.name == kind.rawValue }
        let ids = (finding?.examples ?? []) + (finding?.groups ?? []).flatMap { $0 }
        return try ids.map { try result.table.key(Int($0)).text }
    }

    @Test("every kind of fault is found where it is, and nowhere else")
    func kinds() throws {
        let result = try screen(faults())
        #expect(result.findings.map(\.name) == FindingKind.allCases.map(\.rawValue))
        #expect(try keys(result, .blank) == ["0/blank"])
        #expect(try keys(result, .faint) == ["0/faint"])
        #expect(try keys(result, .frame) == ["0/frame"])
        #expect(try keys(result, .grayPaper) == ["1/gray"])
        #expect(try keys(result, .inverted) == ["1/inverted"])
        #expect(try keys(result, .unusualSize) == ["1/large", "1/small"])
        #expect(try keys(result, .smallSource) == ["1/small"])
        #expect(try keys(result, .edge) == ["0/touching"])
        #expect(try keys(result, .duplicate) == ["0/twin", "1/twin"])
        #expect(try keys(result, .conflicting) == ["0/twin", "1/twin"])
        #expect(try Set(keys(result, .nearDuplicate)).isSuperset(of: ["0/near a", "0/near b"]))
        #expect(result.findings.last?.classes == ["2"] && result.findings.last?.samples == 1)
        for finding in result.findings {
            #expect(!finding.rule.isEmpty && finding.dropped == 0)
            #expect(finding.samples >= finding.examples.count)
        }
    }

    @Test("findings depend neither on threads nor on the order of entries")
    func order() throws {
        let reference = try screen(faults()).findings
        #expect(try screen(faults(), workers: 1).findings == reference)
        #expect(try screen(faults(), workers: 5, reversed: true).findings == reference)
    }

    @Test("dropping leaves out what it names, once, and lists it as rejected")
    func drop() throws {
        let all = faults()
        let result = try screen(all, drop: [.blank, .grayPaper, .conflicting])
        #expect(result.table.samples.count == all.count - 4)
        #expect(
            result.table.rejections.map { "\($0.key): \($0.reason)" } == [
                "0/blank: blank, left out by --drop", "0/twin: conflicting, left out by --drop",
                "1/gray: gray-paper, left out by --drop", "1/twin: conflicting, left out by --drop",
            ])
        for kind in [FindingKind.blank, .grayPaper, .conflicting] {
            let finding = try #require(result.findings.first { $0.name == kind.rawValue })
            #expect(finding.samples == 0 && finding.dropped == (kind == .conflicting ? 2 : 1))
        }
        // Of duplicates, the first stays.
        let single = try screen(all, drop: [.duplicate, .nearDuplicate]).table
        let left = Set(try single.samples.indices.map { try single.key($0).text })
        #expect(
            left.isSuperset(of: ["0/twin", "0/near a"]) && left.isDisjoint(with: ["1/twin", "0/near b"]))
        #expect(throws: PipelineError.self) { try screen([all[20]], drop: [.blank]) }
    }

    @Test("of a chain of near-duplicates only those go that are near to one that stays")
    func chain() throws {
        // Neighbours are near, the ends of the chain are not.
        let start = photo(ink: 90, shape: 20)
        let photos = (0..<9).map { place -> Photo in
            var pixels = Array(start.bytes)
            for index in pixels.indices where index % 9 < place { pixels[index] -= min(16, pixels[index]) }
            return ("0/c\(place)", "0", pixels, ImageSize(width: 40, height: 60))
        }
        let others = faults().prefix(20)
        let result = try screen(photos + others, drop: [.nearDuplicate])
        let left = Set(try result.table.samples.indices.map { try result.table.key($0).text })
        let near = try screen(photos + others).findings.first { $0.name == "near-duplicate" }
        try #require(near?.samples == 9)
        let chain = (0..<9).filter { left.contains("0/c\($0)") }
        #expect(chain.count > 1 && chain.count < 9 && chain[0] == 0)
    }

    @Test("a list of findings to drop is read in any order, and nonsense is refused")
    func lists() {
        #expect(FindingKind.list("conflicting,blank") == [.blank, .conflicting])
        for text in ["", "blank,", "blank,blank", "imbalance", "blurred"] {
            #expect(FindingKind.list(text) == nil)
        }
    }

    @Test("dropping is part of the configuration and of the digest, finding is not, and verification follows")
    func endToEnd() throws {
        let zip = Fixtures.path("digits.zip")
        func prepare(_ name: String, _ drop: [FindingKind]) throws -> Manifest {
            var configuration = try PipelineConfiguration.named("kaggle")
            configuration.drop = drop
            return try Preparation(
                configuration: configuration, input: zip, output: folder(name), workers: 2,
                memory: 1 << 28, overwrite: false
            ).run().manifest
        }
        let plain = try prepare("plain", [])
        let dropped = try prepare("dropped", [.duplicate])
        #expect(plain.samples - dropped.samples == 3 && dropped.duplicates.groups == 0)
        #expect(dropped.findings.first { $0.name == "duplicate" }?.dropped == 3)
        #expect(plain.digest != dropped.digest)
        // What was found does not define the data: another manifest of the same files has the same digest.
        let silent = Manifest(
            name: plain.name, seed: plain.seed, classes: plain.classes, image: plain.image,
            samples: plain.samples, rejected: plain.rejected, duplicates: plain.duplicates,
            splits: Dictionary(uniqueKeysWithValues: Split.allCases.map { ($0, plain[$0]) }), mean: [0],
            std: [0],
            compression: plain.compression, configuration: plain.configuration,
            provenance: plain.provenance, rejections: plain.rejections, findingTable: plain.findingTable)
        #expect(silent.digest == plain.digest && silent != plain)
        #expect(dropped.configuration.canonicalText.contains("\"drop\":\"duplicate\""))
        for name in ["plain", "dropped"] {
            let dataset = try PreparedDataset(folder(name))
            #expect(Verification(of: dataset, workers: 2).problems.isEmpty)
            #expect(try SourceVerification.check(dataset, against: [zip], workers: 2).problems.isEmpty)
        }
    }
}
