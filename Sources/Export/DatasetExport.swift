// Writes a prepared dataset in the format of another tool.

internal import Dataset
package import Shards
internal import Storage

/// An export: a folder that appears when it is complete.
package struct DatasetExport: Sendable {
    /// The folder that was written.
    package let output: String
    /// Number of rows, with augmented copies.
    package let rows: Int
    package let format: ExportFormat

    /// Writes `dataset` to the folder `output`, which must be empty or not exist, with a list of its rows and its metadata.
    /// The same dataset gives the same bytes, except for PNGs and another version of zlib.
    ///
    /// - Parameters:
    ///   - about: what its author says about it
    ///   - poll: called between blocks; what it throws ends the export
    /// - Throws: `ExportError`, `ShardError` or `StorageError`; then nothing is left of the export, unless it was
    ///   complete and only its names could not be made durable
    package init(
        _ dataset: PreparedDataset, as format: ExportFormat, to output: String, about: About = About(),
        workers: Int, poll: @escaping @Sendable () throws -> Void = {}
    ) throws {
        guard !FileSystem.isInside(FileSystem.place(of: output), FileSystem.resolved(dataset.folder)) else {
            throw ExportError.insideDataset(path: output)
        }
        let source = try ExportSource(dataset, workers: workers, poll: poll)
        let writer = format.writer
        try writer.check(source)
        let folder = try ExportFolder(output)
        do {
            try writer.write(source, to: folder.content)
            try SampleList.write(source, to: folder.content)
            var layout = writer.layout(source)
            layout.recordSets.insert(Croissant.samples, at: 0)
            let croissant = Croissant(
                dataset.manifest, dataset.manifest.about.overridden(by: about),
                files: try folder.files(), layout: layout)
            try folder.content.write([Array(croissant.json.readableText.utf8)], to: Croissant.fileName)
            try folder.commit()
        } catch {
            folder.discard()
            throw error
        }
        self.output = output
        self.format = format
        rows = source.splits.reduce(0) { $0 + source.rows($1) }
    }
}
