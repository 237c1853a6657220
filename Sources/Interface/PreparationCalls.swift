// The functions of prep.h for preparing.

public import CPrep
internal import Commands
internal import Foundation
internal import Parallel
internal import Pipeline
internal import Report

/// A preparation that runs on threads of its own.
final class PreparationHandle: Handle, @unchecked Sendable {
    /// The folder that is written.
    let output: KeptText
    private let folder: String
    private let condition = NSCondition()
    private var result: Result<PreparationSummary, any Error>?
    private var isCancelled = false
    private var fraction = 0.0
    private var threads: ThreadGroup?
    private(set) var summary: KeptText?

    init(output: String) { (folder, self.output) = (output, KeptText(output)) }

    func start(_ preparation: Preparation) {
        let threads = ThreadGroup(1) { [self] _ in
            let result = Result {
                try preparation.run(
                    isCancelled: { [self] in condition.withLock { isCancelled } },
                    report: { [self] progress in
                        condition.withLock { fraction = progress.fraction }
                    })
            }
            condition.withLock {
                self.result = result
                condition.broadcast()
            }
        }
        self.threads = threads
        guard threads.count == 0 else { return }
        let failure = UsageFailure(description: "the system allows this process no more threads")
        condition.withLock { result = .failure(failure) }
    }

    /// Waits for at most `seconds`; `nil` if that was not enough.
    func wait(_ seconds: Double) -> (summary: Result<PreparationSummary, any Error>?, fraction: Double) {
        let end = Date(timeIntervalSinceNow: min(max(seconds, 0), 1e9))
        return condition.withLock {
            while result == nil, condition.wait(until: end) {}
            if case .success(let summary) = result, self.summary == nil {
                self.summary = KeptText(summary.text(folder: folder))
            }
            return (result, result == nil ? fraction : 1)
        }
    }

    func cancel() {
        condition.withLock { isCancelled = true }
        threads?.join()
        threads = nil
    }
}

@_cdecl("prep_main")
public func prepMain(_ arguments: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int) {
    Program.run(list(arguments, count).map { String(cString: $0) })
}

@_cdecl("prep_prepare")
public func prepPrepare(
    _ arguments: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int,
    _ result: UnsafeMutablePointer<OpaquePointer?>
) -> prep_status {
    status {
        let preparation = try Program.preparation(
            try list(arguments, count).map { try text($0, "an argument") })
        let handle = PreparationHandle(output: preparation.output)
        handle.start(preparation)
        result.pointee = handle.retained
        return PREP_OK
    }
}

private func list(
    _ arguments: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int
) -> [UnsafePointer<CChar>] {
    UnsafeBufferPointer(start: arguments, count: count).compactMap(\.self)
}

@_cdecl("prep_preparation_wait")
public func prepPreparationWait(
    _ preparation: OpaquePointer?, _ seconds: Double, _ fraction: UnsafeMutablePointer<Double>?
) -> prep_status {
    status {
        let state = try object(preparation, PreparationHandle.self).wait(seconds)
        fraction?.pointee = state.fraction
        guard let result = state.summary else { return PREP_RUNNING }
        _ = try result.get()
        return PREP_OK
    }
}

@_cdecl("prep_preparation_summary")
public func prepPreparationSummary(_ preparation: OpaquePointer?) -> UnsafePointer<CChar>? {
    try? object(preparation, PreparationHandle.self).summary?.pointer
}

@_cdecl("prep_preparation_output")
public func prepPreparationOutput(_ preparation: OpaquePointer?) -> UnsafePointer<CChar>? {
    try? object(preparation, PreparationHandle.self).output.pointer
}

@_cdecl("prep_preparation_close")
public func prepPreparationClose(_ preparation: OpaquePointer?) {
    if let handle = try? object(preparation, PreparationHandle.self) { handle.cancel() }
    close(preparation, PreparationHandle.self)
}
