// Threads that the system does not give.

import Synchronization
import Testing

@testable import Parallel

@Suite("Groups of threads")
struct ThreadGroupTests {
    @Test("a group of threads that cannot be started has none, and does not wait for them")
    func noThreads() {
        // No machine has room for such a stack.
        let group = ThreadGroup(3, stackBytes: 1 << 50) { _ in Issue.record("it ran") }
        #expect(group.count == 0)
        group.join()
    }

    @Test("each body is called once, and join waits for all of them", arguments: [0, 1, 5])
    func bodies(count: Int) {
        let called = Lock<[Int]>([])
        let group = ThreadGroup(count) { number in called.withLock { $0.append(number) } }
        #expect(group.count == count)
        group.join()
        #expect(called.withLock { $0.sorted() } == Array(0..<count))
    }
}
