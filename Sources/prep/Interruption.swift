// Ctrl-C: the first asks the command to stop and clean up, the second ends it at once.

internal import Dataset
internal import Foundation
internal import Synchronization

/// The error of a command that was interrupted and has nothing else to say.
struct Interruption: Failure {
    let kind = FailureKind.interrupted
    let description = "interrupted"

    private static let requested = Atomic<Bool>(false)

    /// Whether the user has asked to stop.
    static var isRequested: Bool { requested.load(ordering: .relaxed) }

    static func install() {
        // The parent process may have blocked these signals.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interruption.requested.store(true, ordering: .relaxed)
                // From now on the default applies: a second signal ends the process.
                signal(number, SIG_DFL)
            }
        }
        // Writing to a closed pipe then returns an error instead of killing the process.
        signal(SIGPIPE, SIG_IGN)
    }
}
