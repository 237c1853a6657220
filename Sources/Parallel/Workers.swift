// Threads that run to completion: everything but the steps of training (`Team`) is parallel in this way.

internal import Synchronization

/// Runs `body` on up to `count` threads at once and returns when all have finished. There may be fewer, where the system
/// allows no more; so bodies take their work from what they share.
///
/// Plain threads rather than a task pool: workers block on locks and system calls, and the user chooses `count`
/// with `--jobs`. When bodies throw, the error of the worker with the lowest number is rethrown after all have
/// finished; a body that wants the others to stop early must tell them.
///
/// - Parameter body: called once per worker with its number, 0 ..< count.
public func runWorkers<E: Error>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws(E) -> Void
) throws(E) {
    precondition(count > 0)
    let outcomes = Lock<[Int: E]>([:])
    @Sendable func work(_ worker: Int) {
        do throws(E) {
            try body(worker)
        } catch {
            outcomes.withLock { $0[worker] = error }
        }
    }
    let others = ThreadGroup(count - 1) { work($0 + 1) }
    work(0)
    others.join()
    if let error = outcomes.withLock({ $0.min { $0.key < $1.key }?.value }) { throw error }
}

/// Calls `body` once for every index in 0 ..< `count`, on up to `workers` threads.
///
/// Free threads take the next index, so uneven work balances itself; results must not depend on which
/// worker takes which index. After a body throws, no new index is taken, and its error is rethrown.
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
