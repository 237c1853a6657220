// Entries from IDX files, the format of MNIST: images and labels in separate files.

package import Dataset

/// A folder of IDX files: train, t10k, or both. All images of a file have one size.
///
/// Entries have the keys `train/00042` and `t10k/00007`, whatever the files are called. `fileDigests` holds
/// the digests of the images files.
package final class IDXDataset: EntrySource {
    /// One pair of files; labels are read at once, images as batches ask for them.
    private struct Part {
        let part: PixelPart
        let images: IDXStream
        let labels: [UInt8]
        let transposes: Bool

        init(_ part: PixelPart, _ files: IDXFiles.Pair, _ options: PixelOptions) throws(IngestError) {
            self.part = part
            images = try IDXStream(path: files.images, rank: 3)
            labels = try IDXDataset.labels(of: files, count: images.itemCount)
            transposes = options.transposes(
                fileNamed: files.images.bytes.split(separator: UInt8(ascii: "/")).last ?? [])
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
    package init(path: String, options: PixelOptions = PixelOptions()) throws(IngestError) {
        let files = try IDXFiles(in: path, prefix: options.prefix)
        var parts: [Part] = []
        if let train = files.train { parts.append(try Part(.train, train, options)) }
        if let test = files.test {
            parts.append(try Part(PixelPart(name: "t10k", split: .test), test, options))
        }
        self.parts = parts
        hasOfficialTest = files.test != nil
    }

    package var remarks: [String] {
        parts.filter(\.transposes).map { PixelOptions.remark($0.images.path) }
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
            var shape = ImageShape(size: size, channels: 1)
            if part.transposes { shape = batch.transpose(from: start, shape) }
            batch.append(
                key: part.part.key(position, of: part.labels.count),
                label: Key(utf8: String(part.labels[position])), .pixels(shape, file: file), from: start,
                split: part.part.split)
            position += 1
            delivered += 1
        }
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
