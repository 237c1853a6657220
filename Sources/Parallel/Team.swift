// Threads that wait for work of a few milliseconds or less: a training step is two or three such pieces.

internal import Synchronization

/// Threads that stay, and compute the tasks of one piece of work after the other.
///
/// Starting threads for each piece would cost more than a small piece. Idle members look for work for a
/// moment, then sleep: a machine that is busy with something else gets its core back. A piece is finished when
/// its tasks are, whoever did them; a member that the system keeps from running holds up nobody.
public final class Team: Sendable {
    /// Members, the caller included.
    public let count: Int
    private let board: Board

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

    /// The threads end by themselves. Nobody waits for them: the last reference may be a thread's own.
    deinit { board.close() }

    /// Calls `body` once for each task in 0 ..< `tasks`, and returns when all are done.
    ///
    /// Members take the next task as they become free, so results must not depend on who took which.
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
        // The board must not keep alive what the tasks refer to, which may be the owner of this team.
        if isShared { board.clear() }
    }
}

/// Tasks that are claimed by number.
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

    /// The latest piece, once there is one after the one numbered `seen`; `nil` when there will be none.
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
            // Without a piece: it was done before this member woke up.
            if let piece { return piece }
        }
    }
}

/// Looks before sleeping, of about a nanosecond each.
private let spins = 20_000
