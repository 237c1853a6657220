// Opening pages in a real browser, where there is one.

internal import Foundation

/// Headless Chromium, driven by Tests/Browser/check_pages.py.
public enum Browser {
    /// Whether this machine has Chromium and Python.
    public static let isAvailable = has("python3") && names.contains(where: has)

    private static let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]

    private static func has(_ program: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains { folder in
            FileManager.default.isExecutableFile(atPath: "\(folder)/\(program)")
        }
    }

    /// Opens `pages` at phone and desktop width, light and dark; a line for every problem.
    ///
    /// With PREP_SCREENSHOTS=FOLDER their pictures are kept there, to be looked at.
    public static func problems(_ pages: [String]) throws -> ToolResult {
        let folder = ProcessInfo.processInfo.environment["PREP_SCREENSHOTS"]
        let screenshots = folder.map { ["--screenshots", $0] } ?? []
        return try Tool.run(
            "python3", ["\(Fixtures.root)/Tests/Browser/check_pages.py"] + screenshots + pages)
    }
}
