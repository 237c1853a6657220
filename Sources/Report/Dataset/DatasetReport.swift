// A prepared dataset to look at: what its page is made from.

internal import Dataset
internal import Shards

/// What `prep inspect --html` shows.
package struct DatasetReport: Sendable {
    /// More classes than this are not looked at one by one.
    static let classLimit = 100

    /// Some samples of one class in one split.
    struct Sheet {
        let split: Split
        /// Class index.
        let label: Int
        let samples: [SampleView]
    }

    let manifest: Manifest
    let sheets: [Sheet]
    /// Mean image per class, in label order; `nil` for a class without images.
    let means: [GrayImage?]
    /// Pixels per gray level, 256 of them.
    let histogram: [Int]
    /// Images that means and histogram were measured on, augmented copies included.
    let measured: Int
    /// Groups of identical images, some of them.
    let duplicates: [[SampleView]]
    /// Entries left out, the first of them.
    let rejections: [Rejection]
    /// What is worth a look, with examples; those that belong together, as near-duplicates do, in one group.
    let findings: [(finding: Finding, examples: [[SampleView]])]

    var classes: [String] { manifest.classes.names }
}
