// One pass over an epoch: its threads, its ring, and the consumer's side of the ring.

internal import Dataset
internal import Parallel
internal import Storage
internal import Synchronization

/// Delivers the batches of one epoch in order. For one consumer.
///
/// Reaching its end, or dropping it, joins every thread and returns the slots to the loader. If the consumer still
/// holds a batch, that batch stays valid and its slot is freed with it.
public final class BatchStream: @unchecked Sendable {
    private let ring: BatchRing
    private let threads: ThreadGroup
    /// The ring's slots; `nil` once the stream has ended.
    private var loan: SlotLoan?
    private let results: Lock<[WorkMeasures]>
    private let imageShape: ImageShape
    private let format: PixelFormat
    private var totals: LoaderMeasures
    private var start: Double?

    init(
        rows: SplitRows, source: any PixelSource, schedule: BatchSchedule, options: LoaderOptions, epoch: Int,
        steps: Range<Int>, storedShape: ImageShape, imageShape: ImageShape, slots: SlotPool,
        loadSeconds: Double
    ) throws(LoaderError) {
        self.imageShape = imageShape
        format = options.format
        totals = LoaderMeasures()
        totals.decode = loadSeconds
        let loan = slots.lend()
        let ring = BatchRing(slots: loan.slots, steps: steps)
        self.ring = ring
        self.loan = consume loan
        let work = Lock<[WorkMeasures]>([])
        results = work
        threads = ThreadGroup(min(options.workers, max(steps.count, 1))) { _ in
            var filler = BatchFiller(rows, source, shape: storedShape, options: options, epoch: epoch)
            while let step = ring.claim() {
                filler.measures.mark(.wait)
                filler.fill(ring.slot(of: step), schedule.places(of: step))
                ring.publish(step)
            }
            let measures = filler.measures
            work.withLock { $0.append(measures) }
        }
        guard threads.count > 0 else {
            throw .invalid(
                option: "workers",
                reason:
                    "the system allows this process no more threads; raise its limit (ulimit -u, or a container's pids)"
            )
        }
    }

    deinit { finish() }

    /// Blocks until the next batch is ready; `nil` at the end. The previous batch becomes invalid.
    ///
    /// - Throws: ``ShardError``, ``StorageError`` or ``LoaderError`` if a shard is damaged or has changed
    public func next() throws -> Batch? {
        let asked = begin()
        return try deliver(ring.take(), asked)
    }

    /// Ends the pass. The last batch becomes invalid, and its memory stays the loader's, for the next pass.
    package func close() {
        ring.release()
        finish()
    }

    /// Like `next()`, without blocking the thread. Throws `CancellationError` if the task is cancelled.
    public func nextAsync() async throws -> Batch? {
        let asked = begin()
        let taken = await withTaskCancellationHandler {
            await ring.takeAsync()
        } onCancel: {
            ring.stop()
        }
        guard !Task.isCancelled else {
            ring.release()
            throw CancellationError()
        }
        return try deliver(taken, asked)
    }

    /// Where the time went; complete once `next()` has returned `nil`.
    public var measures: LoaderMeasures {
        var measures = totals
        for work in results.withLock({ $0 }) {
            measures.workerWait += work.wait
            measures.decode += work.decode
            measures.augment += work.augment
            measures.collate += work.collate
        }
        return measures
    }

    private func begin() -> Double {
        ring.release()
        let now = monotonicSeconds()
        if start == nil { start = now }
        return now
    }

    private func deliver(_ taken: (step: Int, slot: BatchSlot)?, _ asked: Double) throws -> Batch? {
        let now = monotonicSeconds()
        totals.consumerWait += now - asked
        totals.seconds = now - (start ?? now)
        guard let taken else {
            finish()
            return nil
        }
        if let failure = taken.slot.failure {
            ring.release()
            finish()
            throw failure
        }
        totals.samples += taken.slot.count
        totals.batches += 1
        return Batch(
            slot: taken.slot, generation: taken.slot.generation.load(ordering: .relaxed), format: format,
            step: taken.step, imageShape: imageShape)
    }

    /// Ends the threads, then the loan. A second call does nothing.
    private func finish() {
        ring.stop()
        threads.join()
        if let held = ring.held { loan?.leave(held) }
        loan = nil
    }
}

/// Slots that wait for the next epoch, so that they are allocated once.
final class SlotPool: Sendable {
    private let idle = Lock<[BatchSlot]>([])
    private let count: Int
    private let make: @Sendable () -> BatchSlot

    /// - Parameter count: slots per loan
    init(_ count: Int, _ make: @escaping @Sendable () -> BatchSlot) {
        self.count = count
        self.make = make
    }

    func lend() -> SlotLoan {
        var slots = idle.withLock { idle in
            let slots = Array(idle.suffix(count))
            idle.removeLast(slots.count)
            return slots
        }
        while slots.count < count { slots.append(make()) }
        return SlotLoan(slots, of: self)
    }

    fileprivate func giveBack(_ slots: [BatchSlot]) { idle.withLock { $0 += slots } }
}

/// Slots lent to one stream. They go back when the loan ends, exactly once, because a loan cannot be copied.
struct SlotLoan: ~Copyable {
    private(set) var slots: [BatchSlot]
    private let pool: SlotPool

    fileprivate init(_ slots: [BatchSlot], of pool: SlotPool) {
        self.slots = slots
        self.pool = pool
    }

    deinit { pool.giveBack(slots) }

    /// Takes a slot out of the loan, because a batch still uses it.
    mutating func leave(_ slot: BatchSlot) { slots.removeAll { $0 === slot } }
}
