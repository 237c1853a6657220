// MNIST's files: two for each split, images and labels.
// Format: http://yann.lecun.com/exdb/mnist – two zeros, the type (8: unsigned bytes), the number of dimensions, each
// dimension as big-endian UInt32, then the data.

internal import Dataset
internal import Storage

struct IDXExport: ExportWriter {
    func check(_ source: ExportSource) throws(ExportError) {
        guard source.shape.channels == 1, source.dataset.classes.count <= 256 else {
            throw .unsuitable(
                format: .idx, reason: "IDX files hold gray images, and labels below 256", other: .npz)
        }
    }

    func write(_ source: ExportSource, to folder: Folder) throws {
        let size = source.shape.size
        for split in source.splits {
            let name = Self.fileName(split)
            var images = try AtomicFile(folder, "\(name)-images-idx3-ubyte")
            try images.write(Self.header([source.rows(split), size.height, size.width]))
            var labels = Self.header([source.rows(split)])
            try source.forEachBlock(of: split) { block in
                try images.write(block.samples.images)
                labels += block.samples.labels.map { UInt8($0) }
            }
            try images.commit()
            try folder.write([labels], to: "\(name)-labels-idx1-ubyte")
        }
    }

    /// MNIST's readers look for t10k.
    static func fileName(_ split: Split) -> String { split == .test ? "t10k" : split.rawValue }

    private static func header(_ dimensions: [Int]) -> [UInt8] {
        [0, 0, 8, UInt8(dimensions.count)]
            + dimensions.flatMap { value in withUnsafeBytes(of: UInt32(value).bigEndian, Array.init) }
    }
}
