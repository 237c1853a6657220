// Staged samples in their final order: by key, whatever the order of arrival.

internal import Dataset
internal import Imaging
internal import Ingest
internal import Shards

/// The accepted samples of a dataset. A sample's index is its id.
struct SampleTable: Sendable {
    var samples: [StagedSample]
    /// Per sample.
    var labels: [Label]
    var classes: ClassNames
    /// In key order.
    var rejections: [Rejection]
    /// Per input.
    private let fileDigests: [[Digest]]
    /// Names of inputs that have keys in common. Their keys begin with these names.
    let prefixes: [Key]
    /// Entries that could not be used, and the first of them. Those without a label are not among them.
    let unusable: (count: Int, first: Rejection?)
    /// Images whose folder is a split, not a class.
    let unlabelled: Int
    let origin: SplitOrigin

    /// - Parameter inputs: in the order of the numbers in `staged`
    init(
        _ staged: inout StagedEntries, _ inputs: InputNames, _ configuration: PipelineConfiguration
    ) throws(PipelineError) {
        var samples: [StagedSample] = []
        samples.reserveCapacity(staged.batches.reduce(0) { $0 + $1.count })
        // Starting with the last batch, so that each is freed once it is appended.
        while let batch = staged.batches.popLast() { samples += batch }
        var keys = StagedKeys(consume samples, staged.rejections, inputs)
        staged.rejections = []
        keys.stripWrappingFolders()
        var unlabelled: [StagedRejection] = []
        origin = SplitOrigin(&keys.samples, &unlabelled, configuration)
        self.unlabelled = unlabelled.count
        prefixes = keys.separate(&unlabelled)
        keys.dropRepeated()
        samples = keys.samples
        var rejections = keys.rejections.map(\.rejection)
        unusable = (rejections.count, rejections.min())
        rejections += unlabelled.map(\.rejection)
        rejections.sort()
        if samples.isEmpty, let first = rejections.first {
            throw .noLabels(count: unlabelled.count, example: "\(first.key) \(first.reason)")
        }
        guard samples.count <= Int(UInt32.max) else { throw .tooManySamples(limit: Int(UInt32.max)) }
        let present = Set(samples.lazy.map(\.labelNumber))
        guard let classes = ClassNames(found: present.map { staged.labelNames[Int($0)] }) else {
            throw .tooManyClasses(limit: ClassNames.limit)
        }
        let labelOfNumber = staged.labelNames.map { classes[$0.text] ?? Label(rawValue: 0) }
        self.samples = samples
        self.rejections = rejections
        self.classes = classes
        labels = samples.map { labelOfNumber[Int($0.labelNumber)] }
        fileDigests = staged.fileDigests
    }

    /// The class name of a sample.
    func labelName(_ id: Int) -> String { classes[labels[id].index] }

    /// The digest of a sample's source; known once all files have been read.
    func sourceDigest(_ sample: StagedSample) -> Digest { sample.sourceDigest(fileDigests) }

    /// What the plan needs to know.
    var planInput: [PlanInput] {
        zip(samples, labels).map { sample, label in
            PlanInput(
                identity: sample.key.identity, label: label, pixels: sample.pixels,
                givenSplit: sample.givenSplit)
        }
    }
}
