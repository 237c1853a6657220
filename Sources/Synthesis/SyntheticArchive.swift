// Writes an archive of synthetic photos, like the Kaggle dataset.

internal import Dataset
internal import Imaging
internal import Parallel
internal import Storage

/// Draws photos of digits into an archive: one folder per class, 90x140 colour JPEGs, names as in
/// the Kaggle dataset. The same values give the same images.
package struct SyntheticArchive: Sendable {
    /// Number of distinct photos, over all classes.
    package var count: Int
    package var seed: UInt64
    /// Number of photos of the class "4" that appear again under another name, as in the real data.
    package var duplicates = 0
    /// Number of truncated photos to add.
    package var broken = 0
    package var workers = 1
    /// Called now and then; what it throws ends the writing.
    package var poll: @Sendable () throws -> Void = {}

    package init(count: Int, seed: UInt64) {
        self.count = count
        self.seed = seed
    }

    private static let names = [
        "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
    ]

    /// Writes the archive in the format that the extension of `path` names.
    package func write(to path: String) throws {
        var archive = try ArchiveWriter(path: path)
        var numbers = Array(repeating: 0, count: 10)
        func name(_ digit: Int) -> String {
            numbers[digit] += 1
            return "\(digit)/\(Self.names[digit])_full (\(numbers[digit])).jpg"
        }
        var copies: [[UInt8]] = []
        for start in stride(from: 0, to: count + broken, by: 1024) {
            let range = start..<min(start + 1024, count + broken)
            for (index, bytes) in zip(range, try photos(range)) {
                let digit = index % 10
                let isBroken = index >= count
                try archive.add(name(digit), isBroken ? Array(bytes.prefix(bytes.count / 2)) : bytes)
                if digit == 4, !isBroken, copies.count < duplicates { copies.append(bytes) }
            }
        }
        for index in 0..<duplicates { try archive.add(name(4), copies[index % copies.count]) }
        try archive.finish()
    }

    /// The encoded photos with the indices in `range`; the last digit of an index is the class.
    private func photos(_ range: Range<Int>) throws -> [[UInt8]] {
        let photos = Lock<[Int: [UInt8]]>([:])
        try forEachIndex(below: (range.count + 63) / 64, workers: workers) { _, chunk in
            let encoder = JPEGEncoder()
            let start = range.lowerBound + chunk * 64
            for index in start..<min(start + 64, range.upperBound) {
                try poll()
                var random = SeededRandom(seed: seed, purpose: .synthesis, sample: UInt64(index))
                let pixels = DigitPhoto.draw(digit: index % 10, &random)
                let bytes = try encoder.encode(rgb: pixels, size: DigitPhoto.size, quality: 85)
                photos.withLock { $0[index] = bytes }
            }
        }
        return photos.withLock { photos in range.compactMap { photos[$0] } }
    }
}
