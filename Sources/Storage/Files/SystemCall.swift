// Every system call on files is made here, so that tests can make any of them fail.

internal import Foundation

/// The kinds of system calls on files.
package enum SystemCall: Sendable {
    case open, status, permissions, read, write, sync, map, lock, list, makeFolder, rename, remove

    /// What a test lets happen instead of a call.
    package enum Fault: Sendable, Equatable {
        /// The call fails with this `errno`.
        case error(Int32)
        /// At most this many bytes are read or written.
        case short(Int)
    }

    /// Asked before every call. Set by tests only, before the first call of a process of their own.
    package nonisolated(unsafe) static var faults: (@Sendable (SystemCall) -> Fault?)?

    /// A call failed; `code` is its `errno`.
    package struct Failure: Error, Equatable {
        package let code: Int32

        package var reason: String { String(systemError: code) }
    }

    /// Makes a call, again if a signal interrupts it.
    ///
    /// - Parameter body: returns the call's result, negative if it has failed
    @discardableResult
    package func callAsFunction(_ body: () -> Int32) throws(Failure) -> Int32 {
        try Int32(truncatingIfNeeded: transfer(1) { _ in Int(body()) })
    }

    /// Makes a call that reads or writes up to `count` bytes, again if a signal interrupts it.
    ///
    /// - Parameter body: is told how many bytes it may use, and returns how many it used; negative if it has failed
    package func transfer(_ count: Int, _ body: (_ count: Int) -> Int) throws(Failure) -> Int {
        while true {
            var count = count
            switch Self.faults?(self) {
            case .error(EINTR): continue
            case .error(let code): throw Failure(code: code)
            case .short(let limit): count = min(count, limit)
            case nil: break
            }
            let result = body(count)
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw Failure(code: code) }
        }
    }
}

extension StorageError {
    /// Runs `body`; a system call that fails becomes an error of this file and action.
    @discardableResult
    static func named<R: ~Copyable>(
        _ path: String, _ action: String, _ body: () throws(SystemCall.Failure) -> R
    ) throws(StorageError) -> R {
        do throws(SystemCall.Failure) {
            return try body()
        } catch {
            throw .system(path: path, action: action, reason: error.reason)
        }
    }
}
