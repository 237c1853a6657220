// Collects the samples, pixels and rejections of all staging workers.

internal import Parallel
internal import Dataset
internal import Ingest
internal import Shards

/// The results of staging so far, shared by all workers behind a lock.
final class Collector: Sendable {
    private struct State {
        /// One array per batch: a single array of millions would be copied each time it grows.
        var batches: [[StagedSample]] = []
        var samples = 0
        var labelNumbers: [Key: UInt32] = [:]
        var rejections: [StagedRejection] = []
        /// Per input, how many images it holds, usable or not.
        var images: [Int]
        var store: PixelStore?
        var shape: ImageShape?
        var hasColour = false
        var sourceBytes = 0
        var isStopped = false
        var times = StageTimes()
    }

    private let state: Lock<State>
    private let memory: Int
    private let scratchFolder: String

    init(shape: ImageShape?, inputs: Int, memory: Int, scratchFolder: String) {
        self.memory = memory
        self.scratchFolder = scratchFolder
        state = Lock(State(images: Array(repeating: 0, count: inputs), shape: shape))
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }
    var counts: (images: Int, rejected: Int) { state.withLock { ($0.samples, $0.rejections.count) } }

    func stop() { state.withLock { $0.isStopped = true } }
    func noteColour() { state.withLock { $0.hasColour = true } }
    func add(_ times: StageTimes) { state.withLock { $0.times.add(times) } }

    /// The shape that every image must have. If no stage decides it, the first image does.
    func shape(orSet shape: ImageShape) -> ImageShape {
        state.withLock { state in
            if let known = state.shape { return known }
            state.shape = shape
            return shape
        }
    }

    /// The number of a class name; a new name gets the next one.
    func number(ofLabel name: Key) -> UInt32 {
        state.withLock { state in
            let number = state.labelNumbers[name] ?? UInt32(state.labelNumbers.count)
            state.labelNumbers[name] = number
            return number
        }
    }

    /// Adds a worker's batch; `pixels` holds the images of `samples` in order.
    func add(
        _ samples: [StagedSample], _ pixels: [UInt8], _ rejections: [Rejection], input: Int, sourceBytes: Int
    ) throws {
        let store: PixelStore? = state.withLock { state in
            if state.store == nil, let shape = state.shape {
                state.store = PixelStore(
                    imageBytes: shape.byteCount, memory: memory, scratchFolder: scratchFolder)
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
        var placed = samples
        for index in placed.indices { placed[index].slot = UInt32(first + index) }
        state.withLock { state in
            state.batches.append(placed)
            state.samples += placed.count
            state.rejections += rejections.map { StagedRejection(rejection: $0, input: input) }
            state.images[input] += samples.count + rejections.count
            state.sourceBytes += sourceBytes
        }
    }

    func finish() -> StagedEntries {
        state.withLock { state in
            let names = state.labelNumbers.sorted { $0.value < $1.value }.map(\.key)
            let shape = state.shape ?? .none
            var batches: [[StagedSample]] = []
            swap(&batches, &state.batches)
            return StagedEntries(
                rows: StagedArray(batches), labelNames: names, rejections: state.rejections,
                pixels: state.store
                    ?? PixelStore(imageBytes: shape.byteCount, memory: 0, scratchFolder: scratchFolder),
                shape: shape, hasColour: state.hasColour, imagesOfInputs: state.images,
                sourceBytes: state.sourceBytes, times: state.times)
        }
    }
}
