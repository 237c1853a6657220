// Where text goes: results to stdout, progress and errors to stderr.

internal import Dataset
internal import Foundation
internal import Parallel
internal import Pipeline
internal import Report
internal import Storage
internal import Synchronization

enum Terminal {
    /// Width in columns of the terminal on `file`; 100 if it is not a terminal.
    static func width(of file: Int32 = STDOUT_FILENO) -> Int {
        var size = winsize()
        guard ioctl(file, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }

    /// The colours that stdout can show: none if it is not a terminal, or if NO_COLOR (no-color.org) is set.
    static var colors: TerminalColors {
        let environment = ProcessInfo.processInfo.environment
        let kind = environment["TERM"] ?? "dumb"
        guard isatty(STDOUT_FILENO) == 1, kind != "dumb", environment["NO_COLOR"] ?? "" == "" else {
            return .none
        }
        let depth = environment["COLORTERM"] ?? ""
        return depth == "truecolor" || depth == "24bit" || kind.hasSuffix("-direct") ? .full : .palette
    }

    /// Prints results, with control characters made visible. Ends the process if they cannot be written: with an error,
    /// or without a message if the reader has closed the pipe, as SIGPIPE would.
    static func print(_ text: String) { print(drawing: text.visible(lines: true)) }

    /// Prints a JSON document, or one line of JSON: in silence too, since it was asked for.
    static func print(json value: JSONValue, isLine: Bool = false) {
        put(isLine ? value.lineText : String(value.readableText.dropLast()))
    }

    /// Prints text unchanged, with its escape codes for colours.
    static func print(drawing text: String) {
        if !isSilent.load(ordering: .relaxed) { put(text) }
    }

    private static func put(_ text: String) {
        guard let reason = write(text + "\n", to: STDOUT_FILENO) else { return }
        if reason == EPIPE { Foundation.exit(128 + SIGPIPE) }
        printError("prep: standard output: \(String(cString: strerror(reason)))")
        Foundation.exit(FailureKind.io.exitStatus)
    }

    /// Prints a line of a long job. If it cannot be written, warns once and lets the job continue.
    static func log(_ text: String) { log(drawing: text.visible(lines: true)) }

    static func log(json value: JSONValue) { log(drawing: value.lineText) }

    private static func log(drawing text: String) {
        guard !isLogLost.load(ordering: .relaxed),
            let reason = write(text + "\n", to: STDOUT_FILENO)
        else { return }
        isLogLost.store(true, ordering: .relaxed)
        printError("prep: standard output: \(String(cString: strerror(reason))); continuing without output")
    }

    private static let isLogLost = Atomic<Bool>(false)

    /// Prints no more results.
    static func silence() { isSilent.store(true, ordering: .relaxed) }

    private static let isSilent = Atomic<Bool>(false)

    /// Prints an error, shortened if it quotes too much of a file.
    static func printError(_ text: String) {
        let shown = text.utf8.count > 4000 ? String(text.prefix(2000)) + "…" : text
        redraw(shown.visible(lines: true) + "\n")
    }

    /// Prints to stderr what is worth knowing about the results, if they are printed.
    static func note(_ text: String) {
        if !isSilent.load(ordering: .relaxed) { printError(text) }
    }

    /// Writes text to stderr unchanged; a failure to do so is ignored.
    static func redraw(_ text: String) { _ = write(text, to: STDERR_FILENO) }

    /// - Returns: `errno` of the failure, or `nil`
    private static func write(_ text: String, to file: Int32) -> Int32? {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                usleep(1000)
                continue
            }
            guard count >= 0 else { return errno }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}

/// A line of progress on stderr, redrawn in place; shown only if stderr is a terminal.
final class ProgressLine: Sendable {
    private struct State {
        var phase: PreparationProgress.Phase?
        var start = 0.0
        var lastDrawn = 0.0
        var isVisible = false
    }

    private let isEnabled: Bool
    private let state = Lock(State())

    init(isEnabled: Bool) { self.isEnabled = isEnabled && isatty(STDERR_FILENO) == 1 }

    /// Shows `progress`, ten times a second at most.
    func show(_ progress: PreparationProgress) {
        guard isEnabled else { return }
        state.withLock { state in
            let now = monotonicSeconds()
            if state.phase != progress.phase { (state.phase, state.start) = (progress.phase, now) }
            guard now - state.lastDrawn >= 0.1 else { return }
            state.lastDrawn = now
            state.isVisible = true
            let width = Terminal.width(of: STDERR_FILENO)
            Terminal.redraw("\r\u{1B}[K" + progress.text(seconds: now - state.start, width: width))
        }
    }

    func clear() {
        state.withLock { state in
            if state.isVisible { Terminal.redraw("\r\u{1B}[K") }
            state.isVisible = false
        }
    }
}
