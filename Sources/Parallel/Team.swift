// Threads kept ready for pieces of work of a few milliseconds or less; a training step has two or three of them.

internal import Synchronization

/// Threads that compute one piece of work after the other. A piece consists of tasks.
///
/// Starting threads for each piece would cost more than a small piece. Idle members look for work for a
/// moment, then sleep, so that other programs get the core back. A piece is finished when all its tasks are,
/// whichever members computed them: a member that the system does not schedule delays nobody.
public final class Team: Sendable {
    /// Number of members, including the calling thread.
    public let count: Int
    private let board: Board

    /// Starts `count` - 1 threads, which the caller of `perform` joins.
    public init(_ count: Int) {
        precondition(count > 0)
        self.count = count
        let board = Board()
        self.board = board
        _ = ThreadGroup(count - 1) { number in
            var seen = 0
            while let piece = board.next(after: &seen) { piece.work(as: number + 1) }
        }
    }

    /// Tells the threads to end but does not wait for them: one of them may hold the last reference.
    deinit { board.close() }

    /// Calls `body` once for each task in 0 ..< `tasks`, and returns when all are done.
    ///
    /// Free members take the next task, so results must not depend on which member takes which task.
    /// Only one thread may call this at a time.
    ///
    /// - Parameter body: receives the member's number, 0 ..< `count`, and the task
    public func perform(_ tasks: Int, _ body: @escaping @Sendable (_ member: Int, _ task: Int) -> Void) {
        guard tasks > 0 else { return }
        let piece = Piece(tasks: tasks, body: body)
        let isShared = count > 1 && tasks > 1
        if isShared { board.post(piece) }
        piece.work(as: 0)
        piece.waitUntilDone()
        // Otherwise the board would keep alive what the tasks refer to, perhaps the owner of this team.
        if isShared { board.clear() }
    }
}

/// A piece of work. Members claim its tasks by number.
private final class Piece: Sendable {
    private let tasks: Int
    private let body: @Sendable (Int, Int) -> Void
    private let next = Atomic<Int>(0)
    private let remaining: Atomic<Int>
    private let isDone = Monitor<Bool>(false)

    init(tasks: Int, body: @escaping @Sendable (Int, Int) -> Void) {
        self.tasks = tasks
        self.body = body
        remaining = Atomic(tasks)
    }

    func work(as member: Int) {
        while true {
            let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard task < tasks else { return }
            body(member, task)
            guard remaining.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 else {
                continue
            }
            isDone.withLock { $0 = true }
            isDone.wakeAll()
        }
    }

    func waitUntilDone() {
        for _ in 0..<spins {
            if remaining.load(ordering: .acquiring) == 0 { return }
        }
        isDone.wait(.consumers) { $0 ? () : nil }
    }
}

/// Where members look for the next piece.
private final class Board: Sendable {
    private struct State {
        var piece: Piece?
        var isClosed = false
    }

    private let state = Monitor(State())
    private let number = Atomic<Int>(0)

    func post(_ piece: Piece) {
        state.withLock {
            $0.piece = piece
            number.wrappingAdd(1, ordering: .releasing)
        }
        state.wakeAll()
    }

    func clear() { state.withLock { $0.piece = nil } }

    func close() {
        state.withLock {
            $0.isClosed = true
            number.wrappingAdd(1, ordering: .releasing)
        }
        state.wakeAll()
    }

    /// Waits for a piece after number `seen` and returns the latest one; `nil` after `close`.
    func next(after seen: inout Int) -> Piece? {
        while true {
            for _ in 0..<spins {
                if number.load(ordering: .acquiring) != seen { break }
            }
            let last = seen
            let (now, piece, isClosed) = state.wait(.producers) { state -> (Int, Piece?, Bool)? in
                let now = number.load(ordering: .acquiring)
                return now == last ? nil : (now, state.piece, state.isClosed)
            }
            seen = now
            if isClosed { return nil }
            // No piece: it was finished before this member woke up.
            if let piece { return piece }
        }
    }
}

/// How many times a member looks for work before it sleeps; each look takes about a nanosecond.
private let spins = 20_000
