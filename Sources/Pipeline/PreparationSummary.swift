// What a preparation did and where its time went.

public import Ingest
public import Shards

/// The outcome of a preparation.
public struct PreparationSummary: Sendable {
    /// The manifest of the new dataset.
    public let manifest: Manifest
    /// What planning found besides.
    public let notes: PlanNotes
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
    ///   - staging, planning, writing: seconds
    init(
        _ manifest: Manifest, _ planned: PlannedDataset, _ staged: StagedEntries, _ inputs: [String],
        workers: Int, staging: Double, planning: Double,
        writing: Double
    ) {
        self.init(
            manifest: manifest, notes: PlanNotes(planned, staged, inputs),
            sourceBytes: staged.sourceBytes, scratchBytes: staged.pixels.scratchBytes, workers: workers,
            times: staged.times, staging: staging, planning: planning, writing: writing)
    }
}
