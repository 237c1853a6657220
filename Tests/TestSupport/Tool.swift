// Running programs: the built prep, and the archivers that make test inputs.

public import Foundation

/// What a program did.
public struct ToolResult: Sendable {
    public let status: Int32
    public let output: String
    public let errors: String
}

struct EndedTooSoon: Error {
    let arguments: [String]
}

public enum Tool {
    /// The `prep` that was built together with the tests.
    public static var prep: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(
            "prep"
        ).path
    }

    /// Starts a program whose output nobody reads, and whose errors go to a file; used for killing it.
    public static func start(_ program: String, _ arguments: [String], errors: String? = nil) throws
        -> Process
    {
        let process = prepare(program, arguments, in: nil)
        process.standardOutput = FileHandle.nullDevice
        if let errors { try Data().write(to: URL(fileURLWithPath: errors)) }
        process.standardError = errors.flatMap { FileHandle(forWritingAtPath: $0) } ?? FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Starts a program, and returns when it has come so far, which a time would not tell on a busy machine.
    public static func start(
        _ program: String, _ arguments: [String], errors: String? = nil, until isThere: () throws -> Bool
    ) throws -> Process {
        let process = try start(program, arguments, errors: errors)
        while try !isThere() {
            Thread.sleep(forTimeInterval: 0.005)
            guard process.isRunning else { throw EndedTooSoon(arguments: arguments) }
        }
        return process
    }

    /// The same until there is a file or folder at `path`.
    public static func start(
        _ program: String, _ arguments: [String], errors: String? = nil, untilThereIs path: String
    ) throws -> Process {
        try start(program, arguments, errors: errors) { FileManager.default.fileExists(atPath: path) }
    }

    /// Runs a program to its end. `program` is a path, or a name looked up in PATH.
    @discardableResult
    public static func run(
        _ program: String, _ arguments: [String], in folder: String? = nil
    ) throws -> ToolResult {
        let process = prepare(program, arguments, in: folder)
        // Files rather than pipes: nothing to drain, whatever the amount.
        let scratch = try TemporaryFolder()
        try scratch.write("output", [])
        try scratch.write("errors", [])
        process.standardOutput = FileHandle(forWritingAtPath: scratch("output"))
        process.standardError = FileHandle(forWritingAtPath: scratch("errors"))
        try process.run()
        process.waitUntilExit()
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(fileURLWithPath: scratch(name))), as: UTF8.self)
        }
        let wasKilled = process.terminationReason == .uncaughtSignal
        let status = process.terminationStatus + (wasKilled ? 128 : 0)
        return ToolResult(status: status, output: try text("output"), errors: try text("errors"))
    }

    private static func prepare(_ program: String, _ arguments: [String], in folder: String?) -> Process {
        let process = Process()
        let isPath = program.hasPrefix("/")
        process.executableURL = URL(fileURLWithPath: isPath ? program : "/usr/bin/env")
        process.arguments = isPath ? arguments : [program] + arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.standardInput = FileHandle.nullDevice
        return process
    }
}
