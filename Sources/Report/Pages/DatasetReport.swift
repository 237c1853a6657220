// A prepared dataset to look at: plain values, from which its page is made.

public import Dataset

/// What `prep inspect --html` shows.
public struct DatasetReport: Sendable {
    /// Some samples of one class in one split.
    public struct Sheet: Sendable {
        public var split: Split
        /// Class index.
        public var label: Int
        public var samples: [SampleView]
        /// How many there are in all.
        public var total: Int

        public init(split: Split, label: Int, samples: [SampleView], total: Int) {
            self.split = split
            self.label = label
            self.samples = samples
            self.total = total
        }
    }

    /// What was measured on pixels, and on how many images.
    public struct Pixels: Sendable {
        /// Mean image per class, in label order; `nil` for a class without images.
        public var means: [GrayImage?]
        /// Pixels per gray level, 256 of them.
        public var histogram: [Int]
        /// Images measured, and images there are, augmented copies included.
        public var measured: Int
        public var total: Int

        public init(means: [GrayImage?], histogram: [Int], measured: Int, total: Int) {
            precondition(histogram.count == 256)
            self.means = means
            self.histogram = histogram
            self.measured = measured
            self.total = total
        }
    }

    public var summary: DatasetSummary
    public var sheets: [Sheet]
    public var pixels: Pixels
    /// Groups of identical images, some of them.
    public var duplicates: [[SampleView]]
    /// Entries left out, the first of them.
    public var rejections: [(key: String, reason: String)]
    public var findings: [Finding]
    /// The effective configuration, as JSON laid out for people.
    public var configuration: String
    /// A shard of the dataset, for the example that reads it.
    public var exampleShard: String

    public init(
        summary: DatasetSummary, sheets: [Sheet], pixels: Pixels, duplicates: [[SampleView]],
        rejections: [(key: String, reason: String)], findings: [Finding], configuration: String,
        exampleShard: String
    ) {
        self.summary = summary
        self.sheets = sheets
        self.pixels = pixels
        self.duplicates = duplicates
        self.rejections = rejections
        self.findings = findings
        self.configuration = configuration
        self.exampleShard = exampleShard
    }
}
