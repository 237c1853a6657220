// The shape of every error a user may see: what, where, what next, and which exit code it means.

/// Why a command failed, in the categories that `sysexits.h` gives exit codes to.
public enum FailureKind: Sendable {
    /// The command line or a configuration file asks for something impossible (exit 64).
    case usage
    /// The input data is broken, missing or not what it claims to be (exit 65).
    case badInput
    /// Reading or writing failed: disk full, permission, device error (exit 74).
    case io
    /// The user interrupted the run (exit 130, as shells report SIGINT).
    case interrupted
}

/// An error meant for people: one or two lines saying what is wrong, where, and what to do next.
///
/// Each module has its own error type; all conform to this, so that the command line needs to
/// know none of them to print them and to choose an exit code.
public protocol Failure: Error, Sendable, CustomStringConvertible {
    var kind: FailureKind { get }
}
