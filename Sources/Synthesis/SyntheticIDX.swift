// Writes a folder of synthetic IDX files, like MNIST's.

internal import Dataset
internal import Parallel
internal import Storage

/// Draws digits into the four files of an IDX dataset, gzip-compressed: six of seven images go to train, the
/// rest to t10k. The same values give the same images.
package struct SyntheticIDX: Sendable {
    package var count: Int
    package var seed: UInt64
    package var workers = 1

    package init(count: Int, seed: UInt64) {
        self.count = count
        self.seed = seed
    }

    package func write(to folder: String) throws {
        let folder = try Folder(creating: folder)
        let trainCount = count - count / 7
        try write("train", 0..<trainCount, folder)
        try write("t10k", trainCount..<count, folder)
    }

    private func write(_ part: String, _ range: Range<Int>, _ folder: Folder) throws {
        let size = DigitBitmap.size
        let images = Lock([UInt8](repeating: 0, count: range.count * size.area))
        // Labels are random, so that neighbours differ as in MNIST.
        let labels = range.map { index in
            var random = SeededRandom(seed: seed, purpose: .synthesis, epoch: 1, sample: UInt64(index))
            return UInt8(random.below(10))
        }
        forEachIndex(below: range.count, workers: workers) { (_: Int, index: Int) in
            var random = SeededRandom(
                seed: seed, purpose: .synthesis, epoch: 2, sample: UInt64(range.lowerBound + index))
            let pixels = DigitBitmap.draw(digit: Int(labels[index]), &random)
            images.withLock { $0.replaceSubrange(index * size.area..<(index + 1) * size.area, with: pixels) }
        }
        let header = Self.header([range.count, size.height, size.width])
        try write(header + images.withLock { $0 }, to: folder, "\(part)-images-idx3-ubyte.gz")
        try write(Self.header([range.count]) + labels, to: folder, "\(part)-labels-idx1-ubyte.gz")
    }

    private func write(_ bytes: [UInt8], to folder: Folder, _ name: String) throws {
        var archive = try ArchiveWriter(folder, name, .gzip)
        try archive.add("data", bytes)
        try archive.finish()
    }

    /// Two zeros, type 8 for unsigned bytes, the number of dimensions, then each dimension as big-endian UInt32.
    static func header(_ dimensions: [Int]) -> [UInt8] {
        [0, 0, 8, UInt8(dimensions.count)]
            + dimensions.flatMap { value in withUnsafeBytes(of: UInt32(value).bigEndian, Array.init) }
    }
}
