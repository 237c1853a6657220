// Writes a folder of synthetic IDX files, like MNIST's.

internal import Dataset
internal import Foundation
internal import Parallel
internal import Storage

/// Draws digits into the four files of an IDX dataset, gzip-compressed: six of seven images go to train, the
/// rest to t10k. The same values give the same images.
package struct SyntheticIDX: Sendable {
    package var count: Int
    package var seed: UInt64
    package var workers = 1
    /// Called now and then; what it throws ends the writing.
    package var poll: @Sendable () throws -> Void = {}

    package init(count: Int, seed: UInt64) {
        self.count = count
        self.seed = seed
    }

    /// Writes the files into a folder that is new, empty, or, with `overwrite`, holds nothing but such files.
    ///
    /// - Throws: `StorageError`; then the folder is no dataset with images of one seed and labels of another
    package func write(to path: String, overwrite: Bool) throws {
        let isNew = !FileSystem.exists(path)
        // Before anything is written there; again below, since the answer may change until the lock holds.
        if FileSystem.isFolder(path) { try Self.check(Folder(path), overwrite: overwrite) }
        let (folder, lock) = try FolderLock.claim(path)
        defer {
            try? lock.removeFile(from: folder)
            if isNew { rmdir(path) }
        }
        try Self.check(folder, overwrite: overwrite)
        let hidden = try folder.folder(creating: Self.hidden)
        defer { try? folder.remove(Self.hidden) }
        let trainCount = count - count / 7
        try write("train", 0..<trainCount, hidden)
        try write("t10k", trainCount..<count, hidden)
        for name in Self.files { try folder.remove(name) }
        for name in Self.files { try hidden.move(name, to: folder) }
        try folder.sync()
    }

    /// - Throws: an error if the folder holds anything that is not to be replaced
    private static func check(_ folder: Folder, overwrite: Bool) throws {
        for name in try folder.names() where name != FolderLock.fileName {
            let isHidden = name == hidden
            guard overwrite || isHidden else { throw StorageError.exists(path: folder.path) }
            let isOurs =
                try isHidden
                ? folder.folder(hidden).names().allSatisfy {
                    files.contains($0) || AtomicFile.isTemporary($0)
                }
                : files.contains(name) && folder.status(of: name)?.kind != .folder
            guard isOurs else {
                throw StorageError.otherKind(
                    path: "\(folder.path)/\(name)", clause: "is not what synthesize writes")
            }
        }
    }

    private static let hidden = ".synthesizing"
    private static let parts = ["t10k", "train"]
    private static func labels(_ part: String) -> String { "\(part)-labels-idx1-ubyte.gz" }
    private static func images(_ part: String) -> String { "\(part)-images-idx3-ubyte.gz" }
    /// In this order: until the last one is there, labels lack their images, which nobody takes for a dataset.
    private static let files = parts.map(labels) + parts.map(images)

    private func write(_ part: String, _ range: Range<Int>, _ folder: Folder) throws {
        let size = DigitBitmap.size
        // Labels are random, so that neighbours differ as in MNIST.
        let labels = range.map { index in
            var random = SeededRandom(seed: seed, purpose: .synthesis, epoch: 1, sample: UInt64(index))
            return UInt8(random.below(10))
        }
        let header = Self.header([range.count, size.height, size.width])
        try write(header, range.count * size.area, Self.images(part), folder) { append in
            for first in stride(from: 0, to: range.count, by: Self.blockSize) {
                let block = first..<min(first + Self.blockSize, range.count)
                try append(try draw(labels[block], first: range.lowerBound + first))
            }
        }
        try write(Self.header([range.count]), range.count, Self.labels(part), folder) { try $0(labels) }
    }

    /// Images that are drawn before they are written.
    private static let blockSize = 1 << 14

    /// The images of these labels, side by side; `first` is the number of the first.
    private func draw(_ labels: ArraySlice<UInt8>, first: Int) throws -> [UInt8] {
        let area = DigitBitmap.size.area
        let images = Lock([UInt8](repeating: 0, count: labels.count * area))
        try forEachIndex(below: labels.count, workers: workers) { (_: Int, index: Int) in
            try poll()
            var random = SeededRandom(
                seed: seed, purpose: .synthesis, epoch: 2, sample: UInt64(first + index))
            let pixels = DigitBitmap.draw(digit: Int(labels[labels.startIndex + index]), &random)
            images.withLock { $0.replaceSubrange(index * area..<(index + 1) * area, with: pixels) }
        }
        return images.withLock { $0 }
    }

    /// Writes a file of a header and `count` bytes, which `contents` appends.
    private func write(
        _ header: [UInt8], _ count: Int, _ name: String, _ folder: Folder,
        _ contents: (_ append: ([UInt8]) throws -> Void) throws -> Void
    ) throws {
        var archive = try ArchiveWriter(folder, name, .gzip)
        try archive.begin("data", size: header.count + count)
        try archive.append(header)
        try contents { try archive.append($0) }
        try archive.finish()
    }

    /// Two zeros, type 8 for unsigned bytes, the number of dimensions, then each dimension as big-endian UInt32.
    static func header(_ dimensions: [Int]) -> [UInt8] {
        [0, 0, 8, UInt8(dimensions.count)]
            + dimensions.flatMap { value in withUnsafeBytes(of: UInt32(value).bigEndian, Array.init) }
    }
}
