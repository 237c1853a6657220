// Entries from IDX files, the format of MNIST: images and labels in separate files.

package import Dataset

/// A folder of IDX files: train alone, or train and t10k. All images of a file have one size.
///
/// Entries have the keys `train/00042` and `t10k/00007`, whatever the files are called. `fileDigests` holds
/// the digests of the images files.
package final class IDXDataset: EntrySource {
    /// One pair of files; labels are read at once, images as batches ask for them.
    private struct Part {
        let name: String
        let images: IDXStream
        let labels: [UInt8]
        let isOfficialTest: Bool

        init(_ name: String, _ files: IDXFiles.Pair, isOfficialTest: Bool) throws(IngestError) {
            self.name = name
            self.isOfficialTest = isOfficialTest
            images = try IDXStream(path: files.images, rank: 3)
            labels = try IDXDataset.labels(of: files, count: images.itemCount)
        }
    }

    private let parts: [Part]
    private var position = 0
    private var delivered = 0
    package private(set) var fileDigests: [Digest] = []
    package var skipped: SkippedEntries { SkippedEntries() }

    /// Whether there are official test files.
    package let hasOfficialTest: Bool

    /// Finds the files, reads all headers and labels, and checks that there are as many labels as images.
    package init(path: String) throws(IngestError) {
        let files = try IDXFiles(in: path)
        var parts = [try Part("train", files.train, isOfficialTest: false)]
        if let test = files.test { parts.append(try Part("t10k", test, isOfficialTest: true)) }
        self.parts = parts
        hasOfficialTest = files.test != nil
    }

    package var fractionRead: Double {
        Double(delivered) / Double(max(parts.reduce(0) { $0 + $1.labels.count }, 1))
    }

    package func fill(_ batch: inout EntryBatch) throws(IngestError) {
        batch.removeAll()
        while !batch.isFull, fileDigests.count < parts.count {
            let file = fileDigests.count
            let part = parts[file]
            if position == part.labels.count {
                fileDigests.append(try part.images.finish())
                position = 0
                continue
            }
            let start = batch.count
            try batch.append(upTo: part.images.itemSize) { (buffer) throws(IngestError) in
                try part.images.readItem(position, into: buffer)
                return buffer.count
            }
            let size = ImageSize(width: part.images.dimensions[2], height: part.images.dimensions[1])
            let shape = ImageShape(size: size, channels: 1)
            batch.append(
                key: Key(utf8: "\(part.name)/\(padded(position, below: part.labels.count))"),
                label: Key(utf8: String(part.labels[position])), .pixels(shape, file: file), from: start,
                isOfficialTest: part.isOfficialTest)
            position += 1
            delivered += 1
        }
    }

    /// The index in five digits, or as many as the last index has, so that keys sort like numbers.
    private func padded(_ index: Int, below count: Int) -> String {
        let digits = String(index)
        let width = max(5, String(count - 1).count)
        return String(repeating: "0", count: width - digits.count) + digits
    }

    private static func labels(of pair: IDXFiles.Pair, count: Int) throws(IngestError) -> [UInt8] {
        let stream = try IDXStream(path: pair.labels, rank: 1)
        guard stream.itemCount == count else {
            throw .malformedIDX(
                path: stream.path, offset: 4,
                reason: "\(stream.itemCount) labels for the \(count) images of \(pair.images.text)")
        }
        var labels: [UInt8] = []
        for index in 0..<count {
            var label: UInt8 = 0
            try withUnsafeMutableBytes(of: &label) { (byte) throws(IngestError) in
                try stream.readItem(index, into: byte)
            }
            labels.append(label)
        }
        _ = try stream.finish()
        return labels
    }
}
