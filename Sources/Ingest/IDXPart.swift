// Entries from IDX files, the format of MNIST: images and labels in separate files.

internal import Dataset

extension PixelParts {
    /// A folder of IDX files: train, t10k, or both. Finds them, reads all headers and labels, and checks that there are
    /// as many labels as images. Entries have the keys `train/00042` and `t10k/00007`.
    package convenience init(idx path: String, options: PixelOptions = PixelOptions()) throws(IngestError) {
        let files = try IDXFiles(in: path, prefix: options.prefix)
        var parts: [IDXPart] = []
        if let train = files.train { parts.append(try IDXPart(.train, train, options)) }
        if let test = files.test {
            parts.append(try IDXPart(PixelPart(name: "t10k", split: .test), test, options))
        }
        self.init(parts, remarks: parts.filter(\.transposes).map { PixelOptions.remark($0.images.path) })
    }
}

/// One pair of files; labels are read at once, images as batches ask for them.
private struct IDXPart: ImagePart {
    let part: PixelPart
    let images: IDXStream
    let shape: ImageShape
    let transposes: Bool
    private let labels: [UInt8]

    init(_ part: PixelPart, _ files: IDXFiles.Pair, _ options: PixelOptions) throws(IngestError) {
        self.part = part
        images = try IDXStream(path: files.images, rank: 3)
        shape = ImageShape(
            size: ImageSize(width: images.dimensions[2], height: images.dimensions[1]), channels: 1)
        labels = try Self.labels(of: files, count: images.itemCount)
        transposes = options.transposes(
            fileNamed: files.images.bytes.split(separator: UInt8(ascii: "/")).last ?? [])
    }

    var count: Int { labels.count }
    func label(_ index: Int) -> Key? { Key(utf8: String(labels[index])) }
    func readNext(into output: UnsafeMutableRawBufferPointer) throws(IngestError) {
        try images.readNext(into: output)
    }
    func finish() throws(IngestError) -> Digest { try images.finish() }

    private static func labels(of pair: IDXFiles.Pair, count: Int) throws(IngestError) -> [UInt8] {
        let stream = try IDXStream(path: pair.labels, rank: 1)
        guard stream.itemCount == count else {
            throw .malformedIDX(
                path: stream.path, offset: 4,
                reason: "\(stream.itemCount) labels for the \(count) images of \(pair.images.text)")
        }
        var labels: [UInt8] = []
        for _ in 0..<count {
            var label: UInt8 = 0
            try withUnsafeMutableBytes(of: &label) { (byte) throws(IngestError) in
                try stream.readNext(into: byte)
            }
            labels.append(label)
        }
        _ = try stream.finish()
        return labels
    }
}
