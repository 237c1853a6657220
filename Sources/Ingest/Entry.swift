// What a source delivers: encoded images or ready pixels, in batches with one reused buffer.

public import Dataset

/// One image as its source holds it, still encoded or still unchecked.
public struct Entry: Sendable {
    public enum Content: Sendable {
        /// A whole file; which codec it needs is told by its first bytes.
        case encoded
        /// Gray pixels, row-major, from the source file of the given number.
        case gray(ImageSize, file: Int)
        /// Something that claims to be an image but cannot be used, and why.
        case unusable(reason: String)
    }

    /// Path inside the input, components joined by `/`: `0/Zero_full (1).jpg`, `train/00042`.
    public let path: String
    /// The class name; `nil` for an image that lies in no folder.
    public let label: String?
    public let content: Content
    /// Whether the source itself declares this a test image (MNIST's t10k files).
    public let isOfficialTest: Bool
    /// Where its bytes lie in the batch.
    let range: Range<Int>
}

/// Some consecutive entries and their bytes. A worker owns one and has it refilled.
public struct EntryBatch {
    public private(set) var entries: [Entry] = []
    var bytes: [UInt8] = []

    /// Full at this many entries or bytes: long enough to make taking turns cheap, short enough
    /// to share the work evenly.
    static let entryLimit = 256
    static let byteLimit = 256 << 10

    public init() {
        bytes.reserveCapacity(Self.byteLimit * 2)
    }

    var isFull: Bool { entries.count >= Self.entryLimit || bytes.count >= Self.byteLimit }

    /// The bytes of `entry`, which must be one of `entries`.
    public func withBytes<R, E: Error>(
        of entry: Entry, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try bytes.withUnsafeBufferPointer { (all) throws(E) -> R in
            try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: all[entry.range])))
        }
    }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        // One huge entry must not cost its size for the rest of the run.
        if bytes.capacity > 8 * Self.byteLimit {
            bytes = []
            bytes.reserveCapacity(Self.byteLimit * 2)
        }
        bytes.removeAll(keepingCapacity: true)
    }

    /// Adds an entry whose bytes were appended from `start` on.
    mutating func append(
        _ path: EntryPath, _ content: Entry.Content, from start: Int, isOfficialTest: Bool = false
    ) {
        append(
            path: path.text, label: path.label, content, from: start, isOfficialTest: isOfficialTest)
    }

    mutating func append(
        path: String, label: String?, _ content: Entry.Content, from start: Int, isOfficialTest: Bool
    ) {
        entries.append(
            Entry(
                path: path, label: label, content: content, isOfficialTest: isOfficialTest,
                range: start..<bytes.count))
    }
}
