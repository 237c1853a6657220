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
    public let key: Key
    /// The class name; `nil` for an image that lies in no folder.
    public let label: Key?
    public let content: Content
    /// Whether the source itself declares this a test image (MNIST's t10k files).
    public let isOfficialTest: Bool
    /// Where its bytes lie in the batch.
    let range: Range<Int>
}
