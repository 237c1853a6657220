// A Kaggle-like archive of synthetic photos.

internal import Dataset
internal import Imaging
internal import Parallel

/// Draws photos of digits into an archive: one folder per class, 90x140 colour JPEGs, names as in
/// the Kaggle dataset. The same values give the same images.
public struct SyntheticArchive: Sendable {
    /// Distinct photos, over all classes.
    public var count: Int
    public var seed: UInt64
    /// Photos of the class "4" that appear a second time under another name, as in the real data.
    public var duplicates = 0
    /// Truncated photos, to show what happens to them.
    public var broken = 0
    public var workers = 1

    public init(count: Int, seed: UInt64) {
        self.count = count
        self.seed = seed
    }

    private static let names = [
        "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine",
    ]

    /// Writes the archive; its format is that of the extension of `path`.
    public func write(to path: String) throws {
        let archive = try ArchiveWriter(path: path)
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
        for bytes in copies { try archive.add(name(4), bytes) }
        try archive.finish()
    }

    /// Encoded photos number `range`; the digit is the last one of the number.
    private func photos(_ range: Range<Int>) throws -> [[UInt8]] {
        let photos = Lock<[Int: [UInt8]]>([:])
        try forEachIndex(below: (range.count + 63) / 64, workers: workers) { _, chunk in
            let encoder = JPEGEncoder()
            let start = range.lowerBound + chunk * 64
            for index in start..<min(start + 64, range.upperBound) {
                var random = SeededRandom(seed: seed, purpose: .synthesis, sample: UInt64(index))
                let pixels = DigitPhoto.draw(digit: index % 10, &random)
                let bytes = try encoder.encode(rgb: pixels, size: DigitPhoto.size, quality: 85)
                photos.withLock { $0[index] = bytes }
            }
        }
        return photos.withLock { photos in range.compactMap { photos[$0] } }
    }
}
