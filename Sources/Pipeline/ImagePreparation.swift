// Single images through a dataset's own preparation: what a model sees later must be made as what it learnt from.

public import Dataset
internal import Foundation
internal import Imaging
internal import Ingest

/// Decodes and transforms images outside of any dataset.
public struct ImagePreparation: ~Copyable {
    /// One image: its pixels, or why it has none.
    public struct Outcome: Sendable {
        /// Path of the file, or inside the archive or folder.
        public let path: String
        /// Row-major gray pixels.
        public let pixels: [UInt8]
        public let size: ImageSize
        /// Why the image could not be used.
        public let problem: String?
    }

    private let stages: [any Stage]
    private let entryLimit: Int
    private var decoder: ImageDecoder
    private var image = PixelBuffer()
    private var workspace = Workspace()

    public init(_ configuration: PipelineConfiguration) {
        stages = configuration.stageList
        entryLimit = configuration.limits.entryBytes
        decoder = ImageDecoder(limits: configuration.limits, wantsGray: stages.first is Grayscale)
    }

    /// Prepares the image file at `path`, or all images of an archive or folder.
    ///
    /// - Parameter body: called with each, in the order of the source
    public mutating func forEachImage(
        at path: String, _ body: (Outcome) throws -> Void
    ) throws {
        if isImage(path) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            return try body(bytes.withUnsafeBytes { prepare($0, path: path) })
        }
        let source = try openImages(at: path, entryLimit: entryLimit)
        var batch = EntryBatch()
        while true {
            try source.fill(&batch)
            if batch.entries.isEmpty { return }
            for entry in batch.entries {
                if case .unusable(let reason) = entry.content {
                    try body(failed(entry.path, reason))
                } else {
                    try body(batch.withBytes(of: entry) { prepare($0, path: entry.path) })
                }
            }
        }
    }

    /// Whether a file begins as PNG or JPEG do, or says so by its name: then what is wrong with it is the decoder's
    /// to tell.
    private func isImage(_ path: String) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        let head: Data
        do {
            head = try file.read(upToCount: 4) ?? Data()
        } catch {
            return false
        }
        let name = path.lowercased()
        return head.starts(with: [0x89, 0x50, 0x4E, 0x47]) || head.starts(with: [0xFF, 0xD8, 0xFF])
            || [".png", ".jpg", ".jpeg"].contains(where: name.hasSuffix)
    }

    private func failed(_ path: String, _ reason: String) -> Outcome {
        Outcome(path: path, pixels: [], size: ImageSize(width: 0, height: 0), problem: reason)
    }

    private mutating func prepare(_ bytes: UnsafeRawBufferPointer, path: String) -> Outcome {
        workspace.operations = []
        do throws(ImageError) {
            _ = try decoder.decode(bytes, into: &image)
        } catch {
            return failed(path, error.description)
        }
        for stage in stages { stage.apply(to: &image, workspace: &workspace) }
        return Outcome(path: path, pixels: Array(image.bytes), size: image.shape.size, problem: nil)
    }
}
