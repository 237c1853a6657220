// Step one: every entry decoded, brought to its final size and measured, in parallel.

internal import Dataset
internal import Imaging
internal import Ingest
internal import Parallel
internal import Shards
internal import Synchronization

/// What staging came to: samples in arrival order, their pixels, and what was left out.
struct StagedEntries: Sendable {
    var samples: [StagedSample] = []
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
/// Workers take turns at the source: whoever is free locks it, reads a batch, and decodes it
/// while others read. There is no queue, so memory is bounded by one batch per worker.
struct Stager {
    let configuration: PipelineConfiguration
    /// Bytes of pixels to hold in memory.
    let memory: Int
    let scratchFolder: String
    let workers: Int
    let isCancelled: @Sendable () -> Bool
    let report: @Sendable (PreparationProgress) -> Void

    func run(_ source: any EntrySource, input: String) throws -> StagedEntries {
        let shared = SharedSource(source)
        let stages = configuration.stageList
        // The size of the result is known before the first image, or else taken from it.
        let collector = Collector(
            size: stages.compactMap { ($0 as? Resize)?.size }.last, memory: memory,
            scratchFolder: scratchFolder)
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

/// A source that workers take turns at.
private final class SharedSource: @unchecked Sendable {
    /// Only touched while `lock` is held.
    private let source: any EntrySource
    private let lock = Mutex(())

    init(_ source: any EntrySource) { self.source = source }

    /// Fills `batch` and returns how much of the input has been read.
    func fill(_ batch: inout EntryBatch, _ times: inout StageTimes) throws(IngestError) -> Double {
        try lock.withLock { _ throws(IngestError) in
            times.mark(.wait)
            try source.fill(&batch)
            times.mark(.read)
            return source.fractionRead
        }
    }

    var skipped: SkippedEntries { lock.withLock { _ in source.skipped } }
    var fileDigests: [Digest] { lock.withLock { _ in source.fileDigests } }
}

/// Gathers what workers have staged.
final class Collector: Sendable {
    private struct State {
        var samples: [StagedSample] = []
        var rejections: [Rejection] = []
        var store: PixelStore?
        var size: ImageSize?
        var sourceBytes = 0
        var isStopped = false
        var times = StageTimes()
    }

    private let state: Mutex<State>
    private let memory: Int
    private let scratchFolder: String

    init(size: ImageSize?, memory: Int, scratchFolder: String) {
        self.memory = memory
        self.scratchFolder = scratchFolder
        state = Mutex(State(size: size))
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }
    var counts: (images: Int, rejected: Int) { state.withLock { ($0.samples.count, $0.rejections.count) } }

    func stop() { state.withLock { $0.isStopped = true } }
    func add(_ times: StageTimes) { state.withLock { $0.times.add(times) } }

    /// The size that every image must have, set by the first where no stage decides it.
    func size(orSet size: ImageSize) -> ImageSize {
        state.withLock { state in
            if let known = state.size { return known }
            state.size = size
            return size
        }
    }

    /// Adds a worker's batch; `pixels` holds the images of `samples` in order.
    func add(
        _ samples: [StagedSample], _ pixels: [UInt8], _ rejections: [Rejection], sourceBytes: Int
    ) throws {
        let store: PixelStore? = state.withLock { state in
            if state.store == nil, let size = state.size {
                state.store = PixelStore(imageBytes: size.area, memory: memory, scratchFolder: scratchFolder)
            }
            return state.store
        }
        var first = 0
        if let store, !samples.isEmpty {
            first = try store.reserve(samples.count).lowerBound
            try pixels.withUnsafeBufferPointer { (buffer) throws(PipelineError) in
                try store.write(buffer, from: first)
            }
        }
        state.withLock { state in
            for (index, sample) in samples.enumerated() {
                var sample = sample
                sample.slot = first + index
                state.samples.append(sample)
            }
            state.rejections += rejections
            state.sourceBytes += sourceBytes
        }
    }

    func finish(input: String, skipped: SkippedEntries) throws(PipelineError) -> StagedEntries {
        try state.withLock { state throws(PipelineError) in
            guard let store = state.store, let size = state.size, !state.samples.isEmpty else {
                throw .noImages(
                    input: input,
                    skipped: "\(state.rejections.count) rejected, \(skipped.total) of other kinds"
                        + (state.rejections.min { bytewise($0.key, $1.key) }.map { "; \($0.key): \($0.reason)" } ?? ""))
            }
            return StagedEntries(
                samples: state.samples, rejections: state.rejections, pixels: store, size: size,
                sourceBytes: state.sourceBytes, times: state.times)
        }
    }
}
