// The interface between ingest and pipeline: a stream of entries from an archive, a folder or IDX files.

package import Dataset

/// A stream of labelled entries. Not safe for concurrent use, unless it is a ``DivisibleSource``: callers take turns.
package protocol EntrySource: AnyObject {
    /// Replaces the contents of `batch` with the next entries; leaves it empty at the end.
    func fill(_ batch: inout EntryBatch) throws(IngestError)

    /// How much of the input has been read, 0...1.
    var fractionRead: Double { get }

    /// What was skipped so far.
    var skipped: SkippedEntries { get }

    /// What the user should know of how it was read.
    var remarks: [String] { get }

    /// SHA-256 of each file of pixels, uncompressed; entries refer to them by index. Complete at the end.
    var fileDigests: [Digest] { get }
}

extension EntrySource {
    package var remarks: [String] { [] }
    package var skipped: SkippedEntries { SkippedEntries() }
    package var fileDigests: [Digest] { [] }
}

/// A source whose entries lie open, so that any number of threads may call `fill` at once, each with its own batch.
package protocol DivisibleSource: EntrySource, Sendable {
    /// Identifies all entries, also those in other pieces, by what the source lists: names and sizes, of a zip also
    /// checksums.
    var listing: Digest { get }
}

/// Counts of things in an input that are not images and do not claim to be.
public struct SkippedEntries: Sendable, Equatable, Codable {
    /// Hidden files and folders, and files that operating systems leave behind.
    public var hidden = 0
    /// Files of other kinds, such as a README.
    public var otherFiles = 0
    /// Links, devices and sockets, which are never followed.
    public var links = 0

    package init() {}

    package mutating func add(_ other: SkippedEntries) {
        hidden += other.hidden
        otherFiles += other.otherFiles
        links += other.links
    }

    /// The sum of `hidden` and `otherFiles`.
    public var others: Int { hidden + otherFiles }
}

/// Checks that a file or folder is at `path`, without opening it.
package func checkInput(at path: String) throws(IngestError) { _ = try FileKind(at: SystemPath(path)) }

/// Opens the labelled archive or folder at `path`.
///
/// - Parameters:
///   - entryLimit: the most bytes of one entry; larger ones are delivered as unusable
///   - names: the encoding of names whose encoding the input does not state
///   - piece: the entries to deliver
package func openImages(
    at path: String, entryLimit: Int, names: NameEncoding? = nil, piece: SourcePiece = .whole
) throws(IngestError) -> any EntrySource {
    switch try FileKind(at: SystemPath(path)) {
    case .folder: return try ImageFolder(path: path, entryLimit: entryLimit, names: names, piece: piece)
    case .file:
        let file = try InputFile(SystemPath(path))
        guard file.size > 0 else { throw .unknownFormat(path: path) }
        if let zip = try ZipArchive(file, entryLimit: entryLimit, names: names, piece: piece) { return zip }
        guard piece.number == 0 else { return EmptySource() }
        return try ImageArchive(file, entryLimit: entryLimit, names: names)
    }
}
