// Prepares single images as a dataset was prepared, so that a model predicts on images like those it was trained on.

public import Dataset
internal import Imaging
internal import Ingest
internal import Shards
internal import Storage

/// Decodes and transforms images outside of any dataset.
public struct ImagePreparation: ~Copyable {
    /// One image: its pixels, or why it has none.
    public struct Outcome: Sendable {
        /// Path of the image file, or the entry's path inside the archive or folder.
        public let path: String
        /// Pixels, row-major, channels interleaved, 0...255; empty if the image could not be used.
        public let pixels: [UInt8]
        /// Width and height of the prepared image; 0x0 if it could not be used.
        public let size: ImageSize
        /// Why the image could not be used; `nil` if it could.
        public let problem: String?
        /// The number of its row in a table or array of pixels, from 0; `nil` for images in files of their own.
        public let row: Int?
    }

    private let stages: [any Stage]
    private let entryLimit: Int
    private let names: NameEncoding?
    private let pixels: PixelOptions
    private var decoder: ImageDecoder
    private var image = PixelBuffer()
    private var workspace = Workspace()

    /// Takes stages, limits and the encoding of names from `configuration`.
    ///
    /// - Parameter channels: of the dataset: a pipeline may leave them to its images
    public init(_ configuration: PipelineConfiguration, channels: Int) {
        let stages = configuration.stages.map(\.stage)
        self.stages =
            switch (configuration.channels, channels) {
            case (.auto, 1): [Grayscale()] + stages
            case (.auto, _): stages + [RGB()]
            default: stages
            }
        entryLimit = configuration.limits.entryBytes
        names = configuration.names
        pixels = configuration.pixels
        decoder = ImageDecoder(
            limits: configuration.limits, wantsGray: self.stages.first is Grayscale,
            target: configuration.decodingTarget)
    }

    /// Prepares the image file at `path`, or all images of an archive, a folder, or a table or arrays of pixels, which need no
    /// labels.
    ///
    /// - Parameter body: called with each image, in the order of the source
    /// - Throws: ``IngestError`` or ``StorageError`` if `path` cannot be read, and what `body` throws
    public mutating func forEachImage(
        at path: String, _ body: (Outcome) throws -> Void
    ) throws {
        if FileSystem.isFile(path), let file = try imageFile(path) {
            guard file.size <= entryLimit else {
                return try body(failed(path, "larger than the limit of \(entryLimit) bytes"))
            }
            let bytes = try file.read(0..<file.size)
            return try body(bytes.withUnsafeBytes { prepare($0, path: path) })
        }
        let source =
            // What cannot be opened is said where it is opened.
            (try? PixelInput(at: path)) ?? nil == nil
            ? try openImages(at: path, entryLimit: entryLimit, names: names)
            : try openPixels(at: path, options: pixels, needsLabels: false)
        var batch = EntryBatch()
        var row = 0
        while true {
            try source.fill(&batch)
            if batch.entries.isEmpty { return }
            for entry in batch.entries {
                switch entry.content {
                case .unusable(let reason): try body(failed(entry.key.text, reason))
                case .encoded: try body(batch.withBytes(of: entry) { prepare($0, path: entry.key.text) })
                case .pixels(let shape, _):
                    image.reshape(shape)
                    _ = batch.withBytes(of: entry) {
                        image.mutableBytes.update(fromContentsOf: $0.bindMemory(to: UInt8.self))
                    }
                    try body(transformed(path: entry.key.text, row: row))
                    row += 1
                }
            }
        }
    }

    /// The file, if its first bytes or its name are those of an image; `nil` if it may be an archive.
    private func imageFile(_ path: String) throws(StorageError) -> ReadableFile? {
        let file = try ReadableFile(path)
        let head = try file.read(0..<min(file.size, ImageFormat.magicLength))
        let isImage =
            head.withUnsafeBytes { ImageFormat(magic: $0) != nil } || ImageFormat.isNamedAsImage(path.utf8)
        if isImage { return file }
        return nil
    }

    private func failed(_ path: String, _ reason: String) -> Outcome {
        Outcome(path: path, pixels: [], size: ImageSize(width: 0, height: 0), problem: reason, row: nil)
    }

    private mutating func prepare(_ bytes: UnsafeRawBufferPointer, path: String) -> Outcome {
        do throws(ImageError) {
            _ = try decoder.decode(bytes, into: &image)
        } catch {
            return failed(path, error.description)
        }
        return transformed(path: path, row: nil)
    }

    /// Takes `image` through all stages.
    private mutating func transformed(path: String, row: Int?) -> Outcome {
        workspace.operations = []
        for stage in stages { stage.apply(to: &image, workspace: &workspace) }
        return Outcome(path: path, pixels: Array(image.bytes), size: image.shape.size, problem: nil, row: row)
    }
}
