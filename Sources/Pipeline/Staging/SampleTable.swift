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
    var fileDigests: [Digest]
    /// Entries that could not be used, and the first of them. Those without a label are not among them.
    let unusable: (count: Int, first: Rejection?)
    /// Images whose folder is a split, not a class.
    let unlabelled: Int
    let origin: SplitOrigin

    init(_ staged: inout StagedEntries, _ configuration: PipelineConfiguration) throws(PipelineError) {
        var samples: [StagedSample] = []
        samples.reserveCapacity(staged.batches.reduce(0) { $0 + $1.count })
        // Starting with the last batch, so that each is freed once it is appended.
        while let batch = staged.batches.popLast() { samples += batch }
        var rejections = staged.rejections
        // Samples with equal keys are ordered by content, so that the order of arrival never matters.
        samples.sort { a, b in
            if a.key != b.key { return a.key < b.key }
            return a.pixels == b.pixels ? a.source < b.source : a.pixels < b.pixels
        }
        Self.dropRepeatedKeys(&samples, &rejections)
        Self.stripWrappingFolders(&samples, &rejections)
        unusable = (rejections.count, rejections.min())
        origin = SplitOrigin(&samples, &rejections, configuration)
        unlabelled = rejections.count - unusable.count
        if samples.isEmpty, let first = rejections.min() {
            throw .noLabels(count: unlabelled, example: "\(first.key) \(first.reason)")
        }
        rejections.sort()
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

    /// Keeps one sample per key, because archives may hold two members with the same name.
    private static func dropRepeatedKeys(_ samples: inout [StagedSample], _ rejections: inout [Rejection]) {
        var last: Key?
        samples.removeAll { sample in
            defer { last = sample.key }
            guard sample.key == last else { return false }
            rejections.append(Rejection(key: sample.key, reason: "another entry has the same name"))
            return true
        }
    }

    /// Removes folders that all samples share, so that a dataset is the same however it was packed.
    /// The label folder always stays.
    private static func stripWrappingFolders(_ samples: inout [StagedSample], _ rejections: inout [Rejection])
    {
        guard let first = samples.first, let last = samples.last else { return }
        // In a sorted list, folders shared by the first and the last path are shared by all.
        let slash = UInt8(ascii: "/")
        let (a, b) = (first.key.bytes.split(separator: slash), last.key.bytes.split(separator: slash))
        var shared = 0
        while shared < min(a.count, b.count), a[shared] == b[shared] { shared += 1 }
        let shallowest = samples.map { $0.key.bytes.count { $0 == slash } }.min() ?? 0
        let prefix = a.prefix(max(min(shared, shallowest - 1), 0)).flatMap { $0 + [slash] }
        guard !prefix.isEmpty else { return }
        func strip(_ key: Key) -> Key {
            key.bytes.starts(with: prefix) ? Key(bytes: key.bytes.dropFirst(prefix.count)) : key
        }
        for index in samples.indices { samples[index].key = strip(samples[index].key) }
        for index in rejections.indices { rejections[index].key = strip(rejections[index].key) }
    }

    /// The class name of a sample.
    func labelName(_ id: Int) -> String { classes[labels[id].index] }

    /// The digest of a sample's source; known once all files have been read.
    func sourceDigest(_ sample: StagedSample) -> Digest {
        switch sample.source {
        case .member(let digest): digest
        case .file(let number): fileDigests[number]
        }
    }

    /// What the plan needs to know.
    var planInput: [PlanInput] {
        zip(samples, labels).map { sample, label in
            PlanInput(
                identity: sample.key.identity, label: label, pixels: sample.pixels,
                givenSplit: sample.givenSplit)
        }
    }
}
