// One image as a source delivers it: encoded or as pixels. Its bytes lie in the batch.

package import Dataset

/// One image of a source, not yet decoded or checked.
package struct Entry: Sendable {
    package enum Content: Sendable {
        /// A whole image file; its first bytes tell the codec.
        case encoded
        /// Pixels, row-major, channels interleaved, one byte each; `file` is the index of the source file in `fileDigests`.
        case pixels(ImageShape, file: Int)
        /// An entry that looks like an image but cannot be used.
        case unusable(reason: String)
    }

    /// Path inside the input, components joined by `/`: `0/Zero_full (1).jpg`, `train/00042`.
    package let key: Key
    /// The class name; `nil` for an image outside any folder.
    package let label: Key?
    package let content: Content
    /// The split that the source itself declares it to be in, such as test for MNIST's t10k files.
    package let split: Split?
    /// Position of the bytes in the batch.
    let range: Range<Int>
}
