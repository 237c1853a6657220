// Entries from files of images with their labels, one after the other, as IDX files and NumPy's arrays hold them.

package import Dataset

/// A file or array of images, read from front to back, and their labels.
protocol ImagePart {
    var part: PixelPart { get }
    var count: Int { get }
    /// Of each image as it is stored.
    var shape: ImageShape { get }
    /// Whether rows and columns are to be exchanged.
    var transposes: Bool { get }

    func label(_ index: Int) -> Key?

    /// Copies the next image, channels interleaved, to `output`, which holds the bytes of `shape`.
    func readNext(into output: UnsafeMutableRawBufferPointer) throws(IngestError)

    /// Checks that nothing follows the last image, and returns the digest of the unpacked file.
    func finish() throws(IngestError) -> Digest
}

/// Images and labels of several parts. Entries have keys such as `train/00042`, whatever the files are called.
/// `fileDigests` holds the digests of the files of images.
package final class PixelParts: EntrySource {
    private let parts: [any ImagePart]
    private var position = 0
    private var delivered = 0
    package let remarks: [String]
    package private(set) var fileDigests: [Digest] = []

    /// Whether a part is an official test or validation split.
    package var givesSplits: Bool { parts.contains { $0.part.split != nil } }

    init(_ parts: [any ImagePart], remarks: [String]) { (self.parts, self.remarks) = (parts, remarks) }

    package var fractionRead: Double {
        Double(delivered) / Double(max(parts.reduce(0) { $0 + $1.count }, 1))
    }

    package func fill(_ batch: inout EntryBatch) throws(IngestError) {
        batch.removeAll()
        while !batch.isFull, fileDigests.count < parts.count {
            let file = fileDigests.count
            let part = parts[file]
            if position == part.count {
                fileDigests.append(try part.finish())
                position = 0
                continue
            }
            let start = batch.count
            try batch.append(upTo: part.shape.byteCount) { (buffer) throws(IngestError) in
                try part.readNext(into: buffer)
                return buffer.count
            }
            let shape = part.transposes ? batch.transpose(from: start, part.shape) : part.shape
            batch.append(
                key: part.part.key(position, of: part.count), label: part.label(position),
                .pixels(shape, file: file), from: start, split: part.part.split)
            position += 1
            delivered += 1
        }
    }
}
