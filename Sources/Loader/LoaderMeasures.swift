// Where a loader's time goes, so that a user can see whether data or model is the bottleneck.

internal import Foundation

/// Seconds and samples of one pass, summed over workers where several did the work.
public struct LoaderMeasures: Sendable {
    public internal(set) var samples = 0
    public internal(set) var batches = 0
    /// Wall-clock seconds from the first request to the last batch.
    public internal(set) var seconds = 0.0
    /// Seconds the consumer waited for a batch: time lost to data.
    public internal(set) var consumerWait = 0.0
    /// Seconds workers waited for a free slot: time the data was ahead.
    public internal(set) var workerWait = 0.0
    /// Seconds of reading and decoding blocks, in this pass or, in global mode, once at the start.
    public internal(set) var decode = 0.0
    /// Seconds of augmenting.
    public internal(set) var augment = 0.0
    /// Seconds of gathering, copying and converting.
    public internal(set) var collate = 0.0

    public var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }
}

/// The measures of one worker.
struct WorkMeasures {
    enum Stage { case wait, decode, augment, collate }

    private(set) var wait: UInt64 = 0
    private(set) var decode: UInt64 = 0
    private(set) var augment: UInt64 = 0
    private(set) var collate: UInt64 = 0
    private var last = monotonicNanoseconds()

    /// Adds the time since the last mark to `stage`.
    mutating func mark(_ stage: Stage) {
        let now = monotonicNanoseconds()
        switch stage {
        case .wait: wait += now - last
        case .decode: decode += now - last
        case .augment: augment += now - last
        case .collate: collate += now - last
        }
        last = now
    }
}

func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
