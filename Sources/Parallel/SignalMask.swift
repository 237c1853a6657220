// Keeps signal handlers off threads that compute.

internal import Foundation

/// A thread's set of signals that wait.
///
/// Vector kernels may borrow the stack pointer as one more register (oneDNN's matrix products do). A handler
/// that runs meanwhile takes the heap behind it for its stack, and overwrites what lies there. So where
/// kernels run, signals wait or go to another thread. Those that tell of a fault in the thread itself do not.
struct SignalMask {
    private let previous: sigset_t

    /// Makes signals wait on the calling thread.
    init() {
        var (blocked, previous) = (sigset_t(), sigset_t())
        sigfillset(&blocked)
        for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT] { sigdelset(&blocked, fault) }
        pthread_sigmask(SIG_BLOCK, &blocked, &previous)
        self.previous = previous
    }

    /// Lets those signals through again that were let through before. On the thread that made the mask.
    func remove() {
        var previous = previous
        pthread_sigmask(SIG_SETMASK, &previous, nil)
    }
}
