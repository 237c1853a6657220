// An ordered ring of slots between workers and one consumer.

internal import Parallel

/// Workers take step numbers in order and fill slots; the consumer takes the slots in order. Workers wait when all
/// slots are full, which bounds memory. An error reaches the consumer in the slot of its step.
final class BatchRing: Sendable {
    private struct State {
        /// The next step to be filled, and the next to be consumed.
        var nextToFill: Int
        var nextToTake: Int
        /// The first step whose slot has not been given back.
        var released: Int
        let end: Int
        /// Per slot, the step that is ready in it; -1 for none.
        var ready: [Int]
        var isStopped = false
        /// The consumer, if it awaits `nextToTake`.
        var waiter: UnsafeContinuation<Bool, Never>?
    }

    let slots: [BatchSlot]
    private let monitor: Monitor<State>

    /// - Parameter steps: the steps to deliver, in order
    init(slots: [BatchSlot], steps: Range<Int>) {
        self.slots = slots
        monitor = Monitor(
            State(
                nextToFill: steps.lowerBound, nextToTake: steps.lowerBound, released: steps.lowerBound,
                end: steps.upperBound, ready: Array(repeating: -1, count: slots.count)))
    }

    // MARK: Workers

    /// The next step to fill, once its slot is free; `nil` when there is none.
    func claim() -> Int? {
        let capacity = slots.count
        return monitor.wait(.producers) { state -> Int?? in
            if state.isStopped || state.nextToFill >= state.end { return .some(nil) }
            guard state.nextToFill < state.released + capacity else { return nil }
            state.nextToFill += 1
            return state.nextToFill - 1
        }
    }

    func slot(of step: Int) -> BatchSlot { slots[step % slots.count] }

    /// Marks the slot of `step` as filled.
    func publish(_ step: Int) {
        let waiter = monitor.withLock { state -> UnsafeContinuation<Bool, Never>? in
            state.ready[step % slots.count] = step
            guard step == state.nextToTake else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        monitor.wake(.consumers)
        waiter?.resume(returning: true)
    }

    // MARK: The consumer

    /// The slot that the consumer holds: that of the last step taken, unless it was given back.
    var held: BatchSlot? {
        monitor.withLock { $0.released < $0.nextToTake ? slots[$0.released % slots.count] : nil }
    }

    /// Gives back the slot of the last step taken.
    func release() {
        let wasHeld = monitor.withLock { state -> Bool in
            guard state.released < state.nextToTake else { return false }
            slots[state.released % slots.count].generation.wrappingAdd(1, ordering: .relaxed)
            state.released += 1
            return true
        }
        if wasHeld { monitor.wake(.producers) }
    }

    /// Blocks until the next step is ready and takes it; `nil` at the end.
    func take() -> (step: Int, slot: BatchSlot)? {
        let step = monitor.wait(.consumers) { state -> Int?? in
            if state.isStopped || state.nextToTake >= state.end { return .some(nil) }
            return takeIfReady(&state)
        }
        return step.map { ($0, slot(of: $0)) }
    }

    /// Like `take()`, without blocking the thread.
    func takeAsync() async -> (step: Int, slot: BatchSlot)? {
        while true {
            let step = monitor.withLock { state -> Int?? in
                if state.isStopped || state.nextToTake >= state.end { return .some(nil) }
                return takeIfReady(&state)
            }
            if let step { return step.map { ($0, slot(of: $0)) } }
            let isGoingOn = await withUnsafeContinuation { continuation in
                let now = monitor.withLock { state -> Bool? in
                    if state.isStopped { return false }
                    if state.ready[state.nextToTake % slots.count] == state.nextToTake { return true }
                    state.waiter = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
            if !isGoingOn { return nil }
        }
    }

    private func takeIfReady(_ state: inout State) -> Int?? {
        guard state.ready[state.nextToTake % slots.count] == state.nextToTake else { return nil }
        state.nextToTake += 1
        return state.nextToTake - 1
    }

    /// Wakes everyone who waits; from now on there are no more steps.
    func stop() {
        let waiter = monitor.withLock { state -> UnsafeContinuation<Bool, Never>? in
            state.isStopped = true
            defer { state.waiter = nil }
            return state.waiter
        }
        monitor.wakeAll()
        waiter?.resume(returning: false)
    }
}
