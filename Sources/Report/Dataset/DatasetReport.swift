// The contents of a prepared dataset's page.

internal import Dataset
internal import Shards

/// What `prep inspect --html` shows.
package struct DatasetReport: Sendable {
    /// The page shows at most this many classes.
    static let classLimit = 100

    struct Sheet {
        let split: Split
        let label: Int
        let samples: [SampleView]
    }

    let manifest: Manifest
    let sheets: [Sheet]
    /// Mean image per class, in label order; `nil` for a class without images.
    let means: [Picture?]
    /// Number of pixels at each of the 256 gray levels.
    let histogram: [Int]
    /// Number of images that mean images and histogram were computed from, augmented copies included.
    let measured: Int
    /// The first groups of identical images.
    let duplicates: [[SampleView]]
    /// The first rejected entries.
    let rejections: [Rejection]
    /// Findings with examples; near-duplicates are grouped.
    let findings: [(finding: Finding, examples: [[SampleView]])]
    /// Samples with augmented versions, if asked for.
    package var augmented: AugmentedSamples?

    var classes: [String] { manifest.classes.names }
}
