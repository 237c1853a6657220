// What all functions of prep.h share: handles, statuses, messages, text.

internal import CPrep
internal import Dataset
internal import Foundation

/// What a C handle refers to: an object that knows its process.
class Handle: @unchecked Sendable {
    private let process = getpid()

    /// Threads do not live on in a child, and would be waited for.
    final var isForked: Bool { getpid() != process }

    /// A handle that the caller owns.
    final var retained: OpaquePointer { OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }
}

/// A handle of the parent process.
struct Forked: Error {}

/// The object of a handle, which the caller guarantees to be open and of this kind.
func object<H: Handle>(_ pointer: OpaquePointer?, _ type: H.Type) throws -> H {
    guard let pointer else { throw UsageFailure(description: "a handle is NULL") }
    let object = unmanaged(pointer, type).takeUnretainedValue()
    guard !object.isForked else { throw Forked() }
    return object
}

/// Gives up a handle. That of a parent process stays as it is.
func close<H: Handle>(_ pointer: OpaquePointer?, _ type: H.Type) {
    guard let pointer else { return }
    let handle = unmanaged(pointer, type)
    if !handle.takeUnretainedValue().isForked { handle.release() }
}

private func unmanaged<H: Handle>(_ pointer: OpaquePointer, _ type: H.Type) -> Unmanaged<H> {
    Unmanaged<H>.fromOpaque(UnsafeRawPointer(pointer))
}

/// A call that makes no sense.
struct UsageFailure: Failure {
    let description: String
    var kind: FailureKind { .usage }
}

/// Calls `body`, and turns an error into a status and a message.
func status(_ body: () throws -> prep_status) -> prep_status {
    do {
        return try body()
    } catch is Forked {
        prep_set_message("the handle belongs to the parent process; open another one after fork()")
        return PREP_FORKED
    } catch {
        prep_set_message((error as? any Failure)?.description ?? "\(error)")
        return switch (error as? any Failure)?.kind {
        case .usage: PREP_USAGE
        case .io: PREP_IO
        case .interrupted: PREP_INTERRUPTED
        case .badInput, nil: PREP_BAD_INPUT
        }
    }
}

/// Hands `text` over to the caller, who frees it.
func handOver(_ text: String, to target: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
    target?.pointee = strdup(text)
}

/// Text from C.
func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws -> String {
    guard let pointer else { throw UsageFailure(description: "\(name) is NULL") }
    guard let text = String(validatingCString: pointer) else {
        throw UsageFailure(description: "\(name) is not UTF-8")
    }
    return text
}

/// Text that lives as long as a handle.
final class KeptText: @unchecked Sendable {
    let pointer: UnsafePointer<CChar>

    init(_ text: String) {
        guard let copy = strdup(text) else { fatalError("no memory for \(text.utf8.count) bytes") }
        pointer = UnsafePointer(copy)
    }

    deinit { free(UnsafeMutablePointer(mutating: pointer)) }
}

@_cdecl("prep_interface")
public func prepInterface() -> Int32 { PREP_INTERFACE }

private let version = KeptText(programVersion)

@_cdecl("prep_version")
public func prepVersion() -> UnsafePointer<CChar> { version.pointer }
