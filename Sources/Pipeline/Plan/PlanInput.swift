// What is held in memory of every sample while a dataset is planned: 48 bytes, since there may be a hundred million.

internal import Dataset
internal import Imaging

/// What the plan knows about a sample. A sample's index is its id.
struct PlanInput: Sendable {
    /// A hash of the sample's key, from which its random numbers are drawn.
    var identity: UInt64
    /// Digest of the prepared pixels; two samples are duplicates if it is equal.
    var pixels: ShortDigest
    /// Where the rest of what is known is; see `StagedRows`.
    var row: UInt32 = 0
    private var sourceWidth: UInt32 = 0, sourceHeight: UInt32 = 0
    /// What quality findings are computed from.
    var measures = ImageMeasures()
    var label: Label
    /// The split that the source gives it; `nil` if it is to be divided.
    var givenSplit: Split?

    init(identity: UInt64, label: Label, pixels: ShortDigest, givenSplit: Split? = nil) {
        (self.identity, self.label, self.pixels, self.givenSplit) = (identity, label, pixels, givenSplit)
    }

    init(_ sample: StagedSample, row: Int, givenSplit: Split?) {
        self.init(
            identity: sample.key.identity, label: Label(rawValue: 0), pixels: sample.pixels,
            givenSplit: givenSplit)
        self.row = UInt32(row)
        (sourceWidth, sourceHeight) = (UInt32(sample.sourceSize.width), UInt32(sample.sourceSize.height))
        measures = sample.measures
    }

    /// Size before preparation.
    var sourceSize: ImageSize { ImageSize(width: Int(sourceWidth), height: Int(sourceHeight)) }
}
