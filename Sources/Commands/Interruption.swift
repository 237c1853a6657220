// Ctrl-C ends a command, or, if it watches, asks it to stop and clean up; then the second ends it at once.

internal import Dataset
internal import Foundation
internal import Synchronization

/// The error of a command that was interrupted and has nothing else to say.
struct Interruption: Failure {
    let kind = FailureKind.interrupted
    let description = "interrupted"

    private static let requested = Atomic<Bool>(false)

    /// From now on, a first signal does not end the process.
    ///
    /// - Returns: whether the user has asked to stop, which the command must ask every moment
    static func watch() -> @Sendable () -> Bool {
        _ = isWatching
        return { requested.load(ordering: .relaxed) }
    }

    private static let isWatching: Void = {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                Interruption.requested.store(true, ordering: .relaxed)
                // From now on the default applies: a second signal, whichever, ends the process.
                for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
            }
        }
    }()

    /// The same as a function that throws.
    static func poll() -> @Sendable () throws -> Void {
        let isRequested = watch()
        return { if isRequested() { throw Interruption() } }
    }

    /// What signals do to all commands.
    static func install() {
        // The parent process may have blocked or ignored these.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&signals, number)
            signal(number, SIG_DFL)
        }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        // Writing to a closed pipe, or beyond a limit of file sizes, then returns an error instead of killing the process.
        for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
        // A mapped file is checked before it is read, but may become shorter in between.
        signal(SIGBUS) { _ in
            let text: StaticString =
                "prep: a file that was being read has become shorter, or its disk has failed\n"
            _ = Foundation.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
            _exit(74)
        }
    }
}
