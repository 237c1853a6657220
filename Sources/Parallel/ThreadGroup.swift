// Threads with a body each: what all other threads of the program are made from.

internal import Foundation

/// Threads that run until their bodies return.
public final class ThreadGroup: Sendable {
    /// Number of threads that were started: fewer than asked for where the system allows no more, perhaps none.
    public let count: Int
    /// Number of threads that have not ended.
    private let running: Monitor<Int>

    /// Starts `count` threads that each call `body` once with their number, 0 ..< ``count``.
    public convenience init(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        self.init(count, stackBytes: 4 << 20, body)
    }

    init(_ count: Int, stackBytes: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let running = Monitor(count)
        self.running = running
        var started = 0
        while started < count {
            let worker = started
            let isStarted = Self.start(stackBytes) {
                body(worker)
                running.withLock { $0 -= 1 }
                running.wakeAll()
            }
            guard isStarted else { break }
            started += 1
        }
        self.count = started
        let missing = count - started
        running.withLock { $0 -= missing }
    }

    /// Waits until all threads have ended. It does not tell them to end.
    public func join() {
        running.wait(.consumers) { $0 == 0 ? () : nil }
    }

    private final class Body: Sendable {
        let call: @Sendable () -> Void
        init(_ call: @escaping @Sendable () -> Void) { self.call = call }
    }

    /// Starts a thread, unless the system has none to give. (Foundation's `Thread` does not say so.)
    private static func start(_ stackBytes: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        guard pthread_attr_init(&attributes) == 0 else { return false }
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let body = Unmanaged.passRetained(Body(body))
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                // Optional on Linux alone.
                let argument: UnsafeMutableRawPointer? = argument
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().call() }
                return nil
            }, body.toOpaque())
        if status != 0 { body.release() }
        return status == 0
    }
}
