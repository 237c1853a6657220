// What a preparation did and where its time went.

public import Ingest
public import Shards

/// The outcome of a run.
public struct PreparationSummary: Sendable {
    public let manifest: Manifest
    public let skipped: SkippedEntries
    /// Bytes of images read from the source, decompressed.
    public let sourceBytes: Int
    /// Bytes of pixels that went to a scratch file.
    public let scratchBytes: Int
    public let workers: Int
    /// Seconds of work in staging, summed over workers.
    public let times: StageTimes
    /// Wall-clock seconds of the three steps.
    public let staging, planning, writing: Double

    public var total: Double { staging + planning + writing }
}
