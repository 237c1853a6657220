// Step one: every entry decoded, brought to its final size and measured, in parallel.

internal import Dataset
internal import Imaging
internal import Ingest
internal import Parallel
internal import Shards

/// The result of staging: samples in order of arrival, their pixels, and the entries left out.
struct StagedEntries: Sendable {
    /// One array per batch: a single array of millions would be copied each time it grows.
    var batches: [[StagedSample]] = []
    /// Class names by number.
    var labelNames: [Key] = []
    var rejections: [Rejection] = []
    var pixels: PixelStore
    var size: ImageSize
    var fileDigests: [Digest] = []
    var skipped = SkippedEntries()
    var sourceBytes = 0
    var times = StageTimes()
}

/// Runs the stages of a pipeline over a source.
///
/// Each worker reads a batch and decodes it. At a source that cannot be divided, such as a tar, they take turns: a free
/// worker locks it and reads while others decode. There is no queue, so memory is bounded by one batch per worker.
struct Stager {
    let configuration: PipelineConfiguration
    /// Bytes of pixels to hold in memory.
    let memory: Int
    let scratchFolder: String
    let workers: Int
    let isCancelled: @Sendable () -> Bool
    let report: @Sendable (PreparationProgress) -> Void

    /// - Parameter source: set to `nil` and closed, since the directory of a large archive takes much memory
    func run(_ source: inout (any EntrySource)?, input: String) throws -> StagedEntries {
        guard let shared = source.take().map(SharedSource.init) else { preconditionFailure("no source") }
        let stages = configuration.stages.map(\.stage)
        // Without a resize stage, the first image decides the size.
        let collector = Collector(
            size: configuration.preparedSize, memory: memory, scratchFolder: scratchFolder)
        try runWorkers(workers) { _ in
            var worker = StagingWorker(stages: stages, limits: configuration.limits)
            do {
                while !isCancelled() {
                    worker.times.start()
                    let fraction = try shared.fill(&worker.batch, &worker.times)
                    if worker.batch.entries.isEmpty || collector.isStopped { break }
                    try worker.stage(collector)
                    let (images, rejected) = collector.counts
                    report(.init(phase: .staging, fraction: fraction, images: images, rejected: rejected))
                }
            } catch {
                collector.stop()
                throw error
            }
            collector.add(worker.times)
        }
        if isCancelled() { throw PipelineError.interrupted }
        var staged = try collector.finish(input: input, skipped: shared.skipped)
        staged.fileDigests = shared.fileDigests
        staged.skipped = shared.skipped
        return staged
    }
}

/// A source that workers take turns at, unless it is divisible.
private final class SharedSource: Sendable {
    private let source: Lock<any EntrySource>
    private let divisible: (any DivisibleSource)?

    init(_ source: any EntrySource) {
        self.source = Lock(source)
        divisible = source as? any DivisibleSource
    }

    /// Fills `batch` and returns the share of the input that has been read.
    func fill(_ batch: inout EntryBatch, _ times: inout StageTimes) throws(IngestError) -> Double {
        if let divisible {
            try divisible.fill(&batch)
            times.mark(.read)
            return divisible.fractionRead
        }
        return try source.withLock { source throws(IngestError) in
            times.mark(.wait)
            try source.fill(&batch)
            times.mark(.read)
            return source.fractionRead
        }
    }

    var skipped: SkippedEntries { source.withLock { $0.skipped } }
    var fileDigests: [Digest] { source.withLock { $0.fileDigests } }
}
