// What all errors that users may see have in common: a message, and a kind that decides the exit code.

/// Why a command failed. Each kind has an exit code, following `sysexits.h`.
public enum FailureKind: Sendable {
    /// The command line or a configuration file asks for something impossible (exit 64).
    case usage
    /// The input data is broken, missing or not what it claims to be (exit 65).
    case badInput
    /// Reading or writing failed: disk full, permission, device error (exit 74).
    case io
    /// The user interrupted the command (exit 130, as shells report SIGINT).
    case interrupted
}

/// An error meant for people: one or two lines saying what is wrong, where, and what to do next.
///
/// Each module has its own error type. All conform to this protocol, so the command line can print any of them and
/// choose the exit code.
public protocol Failure: Error, Sendable, CustomStringConvertible {
    /// The category of the error, which decides the exit code.
    var kind: FailureKind { get }
}
