// What a preparation did and where its time went.

public import Ingest
public import Shards

/// The outcome of a preparation.
public struct PreparationSummary: Sendable {
    /// The manifest of the new dataset.
    public let manifest: Manifest
    /// Sizes of train, validation and test as the ratios give them. Samples that stay together may not allow them.
    public let wantedSizes: [Int]
    /// The distance within which near-duplicates were to be found, in gray levels. The manifest's is less if there were
    /// more pairs than memory may hold.
    public let wantedLevels: Double
    /// Entries of the source that are no images.
    public let skipped: SkippedEntries
    /// What the user should know of how inputs were read.
    public let remarks: [String]
    /// Rows of a table of labels that no image belongs to: how many, and the first of their keys.
    public let imageless: (count: Int, first: [String])
    /// Names of inputs that have keys in common, with which their keys begin.
    public let prefixes: [String]
    /// Inputs without any image.
    public let emptyInputs: [String]
    /// Where the splits come from.
    public let origin: SplitOrigin
    /// Images that leak into splits which the source gives.
    public let leaks: Int
    /// What the rule for groups found; `nil` without one.
    public let groups: GroupCoverage?
    /// Images without a label, in a folder such as test/.
    public let unlabelled: Int
    /// Findings that were not looked for, because their rules are for ink on paper.
    public let unsuitable: [FindingKind]
    /// Images with another label than in the input, and images that were left out, by people's decisions.
    public let relabelled, decidedOut: Int
    /// Kinds that were to be dropped, but that no image is.
    public let undropped: [FindingKind]
    /// Bytes of images read from the source, decompressed.
    public let sourceBytes: Int
    /// Bytes of pixels that went to a scratch file.
    public let scratchBytes: Int
    /// Number of threads.
    public let workers: Int
    /// Seconds of work in staging, summed over workers.
    public let times: StageTimes
    /// Wall-clock seconds of the three steps.
    public let staging, planning, writing: Double

    /// Wall-clock seconds of the whole preparation.
    public var total: Double { staging + planning + writing }
}

extension PreparationSummary {
    /// Gathers what the steps know.
    ///
    /// - Parameters:
    ///   - inputs: paths, in the order of `staged`
    ///   - configuration: with which they were prepared
    ///   - staging, planning, writing: seconds
    init(
        _ manifest: Manifest, _ planned: PlannedDataset, _ staged: StagedEntries, _ inputs: [String],
        _ configuration: PipelineConfiguration, workers: Int, staging: Double, planning: Double,
        writing: Double
    ) {
        let (table, screening) = (planned.table, planned.screening)
        self.init(
            manifest: manifest, wantedSizes: planned.plan.wantedSizes,
            wantedLevels: configuration.searchedLevels(screening.subject),
            skipped: staged.skipped, remarks: staged.remarks, imageless: table.imageless,
            prefixes: table.prefixes.map(\.text),
            emptyInputs: zip(inputs, staged.imagesOfInputs).filter { $1 == 0 }.map(\.0),
            origin: table.origin, leaks: screening.leaks, groups: screening.groups,
            unlabelled: table.unlabelled,
            unsuitable: FindingKind.allCases.filter { screening.subject.exemption($0) != nil },
            relabelled: configuration.relabelling?.labels.count ?? 0,
            decidedOut: configuration.relabelling?.dropped.count ?? 0,
            undropped: configuration.drop.filter { kind in
                !manifest.findings.contains { $0.name == kind.rawValue && $0.dropped > 0 }
            },
            sourceBytes: staged.sourceBytes, scratchBytes: staged.pixels.scratchBytes, workers: workers,
            times: staged.times, staging: staging, planning: planning, writing: writing)
    }
}
