// Threads that run to completion: the one way in which this package computes in parallel.

internal import Foundation
internal import Synchronization

/// Runs `body` on `count` threads at once and returns when all have finished.
///
/// Plain threads rather than a task pool: workers block on locks and system calls, and `count` is
/// what the user asked for with `--jobs`. When bodies throw, the error of the lowest worker number is
/// rethrown after all have finished; a body that wants others to stop early must tell them.
///
/// - Parameter body: called once per worker with its number, 0 ..< count.
public func runWorkers<E: Error>(_ count: Int, _ body: @escaping @Sendable (Int) throws(E) -> Void) throws(E)
{
    precondition(count > 0)
    let outcomes = Mutex<[Int: E]>([:])
    @Sendable func work(_ worker: Int) {
        do throws(E) {
            try body(worker)
        } catch {
            outcomes.withLock { $0[worker] = error }
        }
    }
    withExtendedLifetime(outcomes) {
        let finished = DispatchSemaphore(value: 0)
        for worker in 1..<max(count, 1) where worker < count {
            let thread = Thread {
                work(worker)
                finished.signal()
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
        work(0)
        for _ in 1..<max(count, 1) { finished.wait() }
    }
    if let error = outcomes.withLock({ $0.min { $0.key < $1.key }?.value }) { throw error }
}

/// Calls `body` once for every index in 0 ..< `count`, on up to `workers` threads.
///
/// Threads take the next index as they become free, so uneven work balances itself; results must
/// therefore not depend on which worker took which index. After a body throws, no new index is taken.
///
/// - Parameter body: receives the worker's number and the index.
public func forEachIndex<E: Error>(
    below count: Int, workers: Int, _ body: @escaping @Sendable (Int, Int) throws(E) -> Void
) throws(E) {
    guard count > 0 else { return }
    let next = Atomic<Int>(0)
    try withExtendedLifetime(next) { () throws(E) in
        try runWorkers(min(workers, count)) { (worker) throws(E) in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count else { return }
                do throws(E) {
                    try body(worker, index)
                } catch {
                    next.store(count, ordering: .relaxed)
                    throw error
                }
            }
        }
    }
}

/// Threads that run until told otherwise, joined by `join` or by their group going away.
public final class ThreadGroup: Sendable {
    private let running: Mutex<Int>
    private let finished = DispatchSemaphore(value: 0)

    /// Starts `count` threads that each call `body` once with their number.
    public init(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        running = Mutex(count)
        for worker in 0..<count {
            let thread = Thread { [finished] in
                body(worker)
                finished.signal()
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
    }

    /// Returns when all threads have ended. Somebody else must have told them to.
    public func join() {
        let count = running.withLock { count in
            defer { count = 0 }
            return count
        }
        for _ in 0..<count { finished.wait() }
    }
}
