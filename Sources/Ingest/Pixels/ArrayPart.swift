// Entries from NumPy arrays: a .npz as Keras ships MNIST, or .npy files side by side.

internal import Dataset
internal import Storage

extension PixelParts {
    /// Images and labels in NumPy arrays. Reads all headers and labels, and checks that there are as many labels as
    /// images. Entries have the keys `train/00042`, `validation/00007` and `test/00007`.
    ///
    /// - Parameters:
    ///   - arrays: of the file or folder at `path`
    ///   - needsLabels: whether images without labels are an error
    convenience init(
        _ arrays: [NumberArray], path: String, options: PixelOptions, needsLabels: Bool
    ) throws(IngestError) {
        let name = FileSystem.split(path).name
        let transposes = options.transposes(fileNamed: name.utf8)
        let files = try ArrayFiles(arrays, path: path, needsLabels: needsLabels, options: options)
        let parts = try files.pairs.map { (pair) throws(IngestError) in
            let images = try ImageNumbers(pair.images, options)
            return ArrayPart(
                part: pair.part, images: images, transposes: transposes,
                labels: try pair.labels?.labels(images.count))
        }
        self.init(parts, remarks: transposes ? [PixelOptions.remark(path)] : [])
    }
}

private struct ArrayPart: ImagePart {
    let part: PixelPart
    let images: ImageNumbers
    let transposes: Bool
    let labels: [Key]?

    var count: Int { images.count }
    var shape: ImageShape { images.shape }
    func label(_ index: Int) -> Key? { labels?[index] }
    func readNext(into output: UnsafeMutableRawBufferPointer) throws(IngestError) {
        try images.readNext(into: output)
    }
    func finish() throws(IngestError) -> Digest { try images.finish() }
}
