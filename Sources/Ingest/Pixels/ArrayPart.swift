// Entries from NumPy arrays: a .npz as Keras ships MNIST, or .npy files side by side.

package import Dataset

/// Images and labels in NumPy arrays. Entries have the keys `train/00042`, `validation/00007` and `test/00007`.
/// `fileDigests` holds the digests of the arrays of images, as `.npy` files.
package final class PixelArrays: EntrySource {
    private struct Part {
        let part: PixelPart
        let images: ImageNumbers
        let labels: [Key]?
    }

    private let parts: [Part]
    private let transposes: Bool
    private let path: String
    private var position = 0
    private var delivered = 0
    package private(set) var fileDigests: [Digest] = []
    package var skipped: SkippedEntries { SkippedEntries() }
    package var remarks: [String] { transposes ? [PixelOptions.remark(path)] : [] }

    /// Whether there are arrays of test images.
    package let hasOfficialTest: Bool

    /// Reads all headers and labels, and checks that there are as many labels as images.
    ///
    /// - Parameters:
    ///   - arrays: of the file or folder at `path`
    ///   - needsLabels: whether images without labels are an error
    init(
        _ arrays: [NumberArray], path: String, options: PixelOptions, needsLabels: Bool
    ) throws(IngestError) {
        self.path = path
        let name = path.split(separator: "/").last ?? ""
        transposes = options.transposes(fileNamed: name.utf8)
        let files = try ArrayFiles(arrays, path: path, needsLabels: needsLabels, options: options)
        let hasValidation = files.pairs.contains { $0.part.split == .validation }
        parts = try files.pairs.map { (pair) throws(IngestError) in
            let images = try ImageNumbers(pair.images, options)
            // With a validation part, nothing is taken from train for it.
            let split = pair.part.split ?? (hasValidation ? .train : nil)
            return Part(
                part: PixelPart(name: pair.part.name, split: split), images: images,
                labels: try pair.labels?.labels(images.count))
        }
        hasOfficialTest = parts.contains { $0.part.split == .test }
    }

    package var fractionRead: Double {
        Double(delivered) / Double(max(parts.reduce(0) { $0 + $1.images.count }, 1))
    }

    package func fill(_ batch: inout EntryBatch) throws(IngestError) {
        batch.removeAll()
        while !batch.isFull, fileDigests.count < parts.count {
            let file = fileDigests.count
            let part = parts[file]
            if position == part.images.count {
                fileDigests.append(try part.images.finish())
                position = 0
                continue
            }
            let start = batch.count
            try batch.append(upTo: part.images.itemSize) { (buffer) throws(IngestError) in
                try part.images.readNext(into: buffer)
                return buffer.count
            }
            let shape = transposes ? batch.transpose(from: start, part.images.shape) : part.images.shape
            batch.append(
                key: part.part.key(position, of: part.images.count), label: part.labels?[position],
                .pixels(shape, file: file), from: start, split: part.part.split)
            position += 1
            delivered += 1
        }
    }
}
