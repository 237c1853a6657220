// Teams: every task once, whatever the members do.

import Foundation
import Parallel
import Synchronization
import Testing

@Suite("Teams of threads")
struct TeamTests {
    @Test("every task of every piece is done once before perform returns", arguments: [1, 2, 3, 8])
    func everyTask(members: Int) {
        let team = Team(members)
        // Pieces of no, one, and many tasks, far more of them than a member can sleep through.
        for piece in 0..<2000 {
            let tasks = piece % 7
            let counts = Lock([Int](repeating: 0, count: 7))
            team.perform(tasks) { member, task in
                #expect((0..<members).contains(member))
                counts.withLock { $0[task] += 1 }
            }
            #expect(counts.withLock { $0 } == (0..<7).map { $0 < tasks ? 1 : 0 })
        }
    }

    @Test("a member that sleeps between pieces comes back")
    func sleep() async throws {
        let team = Team(3)
        for _ in 0..<20 {
            let sum = Lock(0)
            team.perform(100) { _, task in sum.withLock { $0 += task } }
            #expect(sum.withLock { $0 } == 4950)
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    @Test("a team does not keep alive what its tasks used", arguments: [1, 2, 3])
    func release(members: Int) throws {
        final class Owner: Sendable {
            let team: Team
            init(_ members: Int) { team = Team(members) }
            func work() { team.perform(50) { _, _ in withExtendedLifetime(self) {} } }
        }
        weak var last: Owner?
        for _ in 0..<100 {
            let owner = Owner(members)
            owner.work()
            last = owner
        }
        // A member may hold the last piece for a moment longer.
        let patience = ContinuousClock.now + .seconds(10)
        while last != nil, ContinuousClock.now < patience { usleep(1000) }
        #expect(last == nil)
    }
}
