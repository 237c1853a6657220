// Where a loader's time goes: it shows whether loading or the model is the bottleneck.

internal import Storage

/// Samples and seconds of one epoch. Times of workers are summed over all workers.
public struct LoaderMeasures: Sendable {
    /// Samples delivered so far.
    public internal(set) var samples = 0
    /// Batches delivered so far.
    public internal(set) var batches = 0
    /// Wall-clock seconds from the first request to the last batch.
    public internal(set) var seconds = 0.0
    /// Seconds the consumer waited for a batch: loading was too slow.
    public internal(set) var consumerWait = 0.0
    /// Seconds workers waited for a free slot: loading was ahead of the consumer.
    public internal(set) var workerWait = 0.0
    /// Seconds of reading and decoding blocks. Without windows, only the first epoch does this.
    public internal(set) var decode = 0.0
    /// Seconds of augmenting.
    public internal(set) var augment = 0.0
    /// Seconds of gathering, copying and converting.
    public internal(set) var collate = 0.0

    /// Samples per wall-clock second.
    public var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }
}

/// The measures of one worker, in seconds.
struct WorkMeasures {
    enum Stage { case wait, decode, augment, collate }

    private(set) var wait = 0.0
    private(set) var decode = 0.0
    private(set) var augment = 0.0
    private(set) var collate = 0.0
    private var watch = Stopwatch()

    /// Adds the time since the last mark to `stage`.
    mutating func mark(_ stage: Stage) {
        let time = watch.lap()
        switch stage {
        case .wait: wait += time
        case .decode: decode += time
        case .augment: augment += time
        case .collate: collate += time
        }
    }
}
