// Leaks and differences between prepared datasets.

import Dataset
import Foundation
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Comparing datasets")
struct ComparisonTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func idx(_ name: String, _ images: [[UInt8]], width: Int) throws {
        func header(_ dimensions: [Int]) -> [UInt8] {
            [0, 0, 8, UInt8(dimensions.count)]
                + dimensions.flatMap { value in withUnsafeBytes(of: UInt32(value).bigEndian, Array.init) }
        }
        let height = images[0].count / width
        try folder.write(
            "\(name)/train-images-idx3-ubyte", header([images.count, height, width]) + images.flatMap { $0 })
        try folder.write(
            "\(name)/train-labels-idx1-ubyte", header([images.count]) + images.indices.map { UInt8($0 % 3) })
        _ = try prepareDataset(folder(name), to: folder("shards-\(name)"), pipeline: "mnist")
    }

    private func image(_ seed: UInt64, _ area: Int = 64) -> [UInt8] {
        var random = SeededRandom(seed: seed, purpose: .synthesis)
        return (0..<area).map { _ in UInt8(random.below(256)) }
    }

    /// An image that is `levels` away from another.
    private func near(_ image: [UInt8], _ levels: Int) -> [UInt8] {
        image.enumerated().map { index, value in
            value < 128 ? value + UInt8(levels) : value - UInt8(levels)
        }
    }

    @Test("images of one dataset in another are found, identical or near, with the closest original")
    func leaks() throws {
        let first = (0..<50).map { image($0) }
        let second = [
            image(7), near(image(8), 3), near(image(9), 20), image(100), image(7), near(image(8), 5),
        ]
        try idx("a", first, width: 8)
        try idx("b", second, width: 8)
        let found = try DatasetLeaks(
            in: try DatasetPart(folder("shards-a")), of: try DatasetPart(folder("shards-b")), levels: 8,
            memory: 1 << 20, workers: 2)
        #expect(found.examined == [50, 6])
        #expect(
            found.matches.map(\.image.key.text) == [
                "train/00000", "train/00004", "train/00001", "train/00005",
            ])
        #expect(
            found.matches.map(\.original.key.text) == [
                "train/00007", "train/00007", "train/00008", "train/00008",
            ])
        #expect(found.matches.map(\.levels) == [0, 0, 3, 5])
        let exact = try DatasetLeaks(
            in: try DatasetPart(folder("shards-a")), of: try DatasetPart(folder("shards-b")), levels: 0,
            memory: 1, workers: 1)
        #expect(exact.matches.count == 2)
        // Within the second, the repetitions alone.
        let inside = try DatasetLeaks(
            in: try DatasetPart(folder("shards-b")), of: nil, levels: 8, memory: 1 << 20, workers: 2)
        #expect(inside.matches.map(\.image.key.text) == ["train/00004", "train/00005"])
    }

    @Test("photos without contrast, any two of which are near, are no leaks")
    func skies() throws {
        func sky(_ seed: UInt64) -> [UInt8] { image(seed).map { 128 + $0 / 10 } }
        try idx("a", (0..<40).map { image($0) } + [sky(100)], width: 8)
        try idx("b", (0..<40).map { image(50 + $0) } + [sky(101), near(image(3), 15)], width: 8)
        let found = try DatasetLeaks(
            in: try DatasetPart(folder("shards-a")), of: try DatasetPart(folder("shards-b")), levels: 20,
            memory: 1 << 20, workers: 2)
        #expect(found.matches.map(\.levels) == [15])
    }

    @Test("images of different sizes are compared at the smaller one, and a part may be one split")
    func sizes() throws {
        let small = (0..<30).map { image($0, 16) }
        // Each pixel as two by two: halving it gives nearly the small one back.
        let large = small.map { pixels in
            (0..<64).map { (index: Int) -> UInt8 in
                let (y, x) = (index / 16, index % 8 / 2)
                return pixels[y * 4 + x]
            }
        }
        try idx("small", small, width: 4)
        try idx("large", large, width: 8)
        let found = try DatasetLeaks(
            in: try DatasetPart(folder("shards-small")), of: try DatasetPart(folder("shards-large")),
            levels: 70,
            memory: 1 << 20, workers: 2)
        #expect(found.size == ImageSize(width: 4, height: 4))
        // The filter changes the other eight by more than three quarters of their contrast.
        #expect(found.matches.count == 22)
        for match in found.matches { #expect(match.image.key == match.original.key) }
        let train = try DatasetPart(folder("shards-small") + ":train")
        #expect(train.split == .train)
        let none = try DatasetLeaks(
            in: train, of: try DatasetPart(folder("shards-small") + ":test"), levels: 8, memory: 1 << 20,
            workers: 2)
        #expect(none.matches.isEmpty && none.examined == [24, 3])
    }

    @Test("equal data have no differences, whatever their name")
    func same() throws {
        let input = Fixtures.path("digits.zip")
        _ = try prepareDataset(input, to: folder("x"))
        _ = try prepareDataset(input, to: folder("y")) { $0.name = "other" }
        let diff = try DatasetDiff(
            try PreparedDataset(folder("x")), try PreparedDataset(folder("y")), workers: 2)
        #expect(diff.sameData && diff.onlyFirst.isEmpty && diff.onlySecond.isEmpty && diff.differing.isEmpty)
        #expect(diff.settings.map(\.name) == ["name"])
    }

    @Test("what differs is named: keys, labels, splits, pixels, settings")
    func different() throws {
        try idx("a", (0..<30).map { image($0) }, width: 8)
        try idx("b", (0..<29).map { $0 == 4 ? image(99) : image($0) }, width: 8)
        _ = try prepareDataset(folder("b"), to: folder("seeded"), pipeline: "mnist") {
            $0.seed = 5
            $0.near = 3
        }
        let diff = try DatasetDiff(
            try PreparedDataset(folder("shards-a")), try PreparedDataset(folder("seeded")), workers: 2)
        #expect(!diff.sameData && diff.common == 29)
        #expect(diff.onlyFirst == ["train/00029"] && diff.onlySecond.isEmpty)
        #expect(diff.differing[.pixels]?.map(\.key) == ["train/00004"])
        #expect(diff.differing[.label] == nil)
        #expect(diff.differing[.split]?.isEmpty == false)
        #expect(Set(diff.settings.map(\.name)) == ["seed", "split.near", "samples"])
    }
}
