// What staging keeps of every accepted entry, besides its pixels.

internal import Dataset
internal import Imaging

/// The metadata of one staged image.
struct StagedSample: Sendable {
    /// Path in the input; wrapping folders still included.
    var key: String
    var labelName: String
    var source: SourceDigest
    var sourceSize: ImageSize
    var operations: ImageOperations
    /// Digest of the prepared pixels: equal exactly when two samples are duplicates.
    var pixels: Digest
    /// Where the pixels are in the store.
    var slot: Int
    var isOfficialTest: Bool

    enum SourceDigest: Sendable {
        case member(Digest)
        /// The number of a source file, whose digest is known when it has been read to its end.
        case file(Int)
    }
}
