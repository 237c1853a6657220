// Where text goes: results to stdout, progress and errors to stderr.

internal import Parallel
internal import Foundation
internal import Pipeline
internal import Report

enum Terminal {
    /// Columns of the terminal on stdout, or 100 where it is none.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 100 }
        return Int(size.ws_col)
    }

    /// What stdout can show: none where it is no terminal, or where NO_COLOR (no-color.org) asks for that.
    static var colors: TerminalColors {
        let environment = ProcessInfo.processInfo.environment
        let kind = environment["TERM"] ?? "dumb"
        guard isatty(STDOUT_FILENO) == 1, kind != "dumb", environment["NO_COLOR"] ?? "" == "" else {
            return .none
        }
        let depth = environment["COLORTERM"] ?? ""
        return depth == "truecolor" || depth == "24bit" || kind.hasSuffix("-direct") ? .full : .palette
    }

    static func print(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }

    static func printError(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}

/// A line of progress on stderr that is redrawn in place; nothing where stderr is no terminal.
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
            var title = progress.phase == .staging ? "Staging" : "Writing"
            if progress.rejected > 0 { title += " (\(progress.rejected) rejected)" }
            let text = ProgressText(
                title: title, fraction: progress.fraction, count: progress.images, unit: "images",
                seconds: now - state.start)
            write("\r\u{1B}[K" + text.line(width: Terminal.width))
        }
    }

    /// Removes the line.
    func clear() {
        state.withLock { state in
            if state.isVisible { write("\r\u{1B}[K") }
            state.isVisible = false
        }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
