// What ingest offers to the pipeline: entries, whatever they come from.

public import Dataset

/// A stream of labelled entries. Not safe for concurrent use: callers take turns.
public protocol EntrySource: AnyObject {
    /// Replaces the contents of `batch` by the next entries; leaves it empty at the end.
    func fill(_ batch: inout EntryBatch) throws(IngestError)

    /// How much of the input has been read, 0...1.
    var fractionRead: Double { get }

    /// What was passed over so far.
    var skipped: SkippedEntries { get }

    /// SHA-256 of each source file (uncompressed) that entries refer to by number; complete at the end.
    var fileDigests: [Digest] { get }
}

/// Things in an input that are no images and are not expected to be.
public struct SkippedEntries: Sendable, Equatable {
    /// Hidden files and what operating systems leave behind.
    public var hidden = 0
    /// Files of other kinds, such as a README.
    public var otherFiles = 0
    /// Links, devices, sockets: never followed.
    public var links = 0

    public init() {}

    /// All but links.
    public var others: Int { hidden + otherFiles }
}

/// Opens a labelled archive or folder, told apart by what lies at `path`.
///
/// - Parameters:
///   - entryLimit: the most bytes of one entry; larger ones are delivered as unusable.
///   - names: the encoding of names that do not say which one they are in
public func openImages(
    at path: String, entryLimit: Int, names: NameEncoding? = nil
) throws(IngestError) -> any EntrySource {
    switch try FileKind(at: SystemPath(path)) {
    case .folder: return try ImageFolder(path: path, entryLimit: entryLimit, names: names)
    case .file: return try ImageArchive(path: path, entryLimit: entryLimit, names: names)
    }
}
