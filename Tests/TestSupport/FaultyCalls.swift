// Lets system calls on files fail, one after the other. Only for processes of their own: every thread is affected.

package import Storage
internal import Synchronization

/// Runs a piece of work once for every system call it makes, each time with a fault at another one.
package enum FaultyCalls {
    private static let seen = Atomic<Int>(0)

    /// - Parameters:
    ///   - fault: what happens to the call, or `nil` to leave it out, such as short transfers of calls that move nothing
    ///   - isLasting: whether all later calls of that kind fail too
    ///   - body: is told how many calls were right before the fault
    /// - Returns: the number of faults
    @discardableResult
    package static func forEach(
        _ fault: @escaping @Sendable (SystemCall) -> SystemCall.Fault?, isLasting: Bool = false,
        _ body: (Int) throws -> Void
    ) throws -> Int {
        var number = 0
        while true {
            let current = number
            seen.store(0, ordering: .relaxed)
            SystemCall.faults = { call in
                guard let fault = fault(call) else { return nil }
                let index = seen.add(1, ordering: .relaxed).oldValue
                return index == current || isLasting && index > current ? fault : nil
            }
            try body(current)
            SystemCall.faults = nil
            if seen.load(ordering: .relaxed) <= current { return number }
            number += 1
        }
    }

    /// Runs `body` without faults.
    package static func paused<R>(_ body: () throws -> R) rethrows -> R {
        let faults = SystemCall.faults
        SystemCall.faults = nil
        defer { SystemCall.faults = faults }
        return try body()
    }
}
