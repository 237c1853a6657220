// A lock with conditions to wait for. Bounded queues between threads need it; Synchronization has none.

internal import Foundation

/// State behind a mutex, with two conditions that threads wait for.
///
/// One condition would not do: a ring buffer has producers and consumers, and waking all of them for every item
/// would cost more than the item.
public final class Monitor<State>: @unchecked Sendable {
    /// The two kinds of waiting threads.
    public enum Side { case producers, consumers }

    private var state: State
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let producers: UnsafeMutablePointer<pthread_cond_t>
    private let consumers: UnsafeMutablePointer<pthread_cond_t>

    /// Protects `state`.
    public init(_ state: State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        producers = .allocate(capacity: 1)
        producers.initialize(to: pthread_cond_t())
        pthread_cond_init(producers, nil)
        consumers = .allocate(capacity: 1)
        consumers.initialize(to: pthread_cond_t())
        pthread_cond_init(consumers, nil)
    }

    deinit {
        pthread_cond_destroy(consumers)
        pthread_cond_destroy(producers)
        pthread_mutex_destroy(mutex)
        consumers.deallocate()
        producers.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` while no other thread uses the state.
    public func withLock<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Calls `body`, and again after each wake-up of `side`, until it returns a value.
    public func wait<R>(_ side: Side, until body: (inout State) -> R?) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            pthread_cond_wait(side == .producers ? producers : consumers, mutex)
        }
    }

    /// Wakes one waiter of `side`.
    public func wake(_ side: Side) { pthread_cond_signal(side == .producers ? producers : consumers) }

    /// Wakes all waiters of both sides.
    public func wakeAll() {
        pthread_cond_broadcast(producers)
        pthread_cond_broadcast(consumers)
    }
}
