// What options of several commands have in common.

public import ArgumentParser
internal import Configuration
public import Dataset
internal import Foundation

/// `--jobs`, which never affects a result.
struct JobsOption: ParsableArguments {
    @Option(name: .shortAndLong, help: "Threads. (default: all cores)")
    var jobs: Int?

    func count() throws -> Int {
        let jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
        guard (1...1024).contains(jobs) else { throw ValidationError("--jobs must be from 1 to 1024") }
        return jobs
    }
}

/// `--memory`, which never affects a result.
struct MemoryOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Memory limit; pixels beyond a quarter of it go to a scratch file. (default: a quarter of RAM)",
            valueName: "256MB"))
    var memory: String?

    /// A quarter of the machine's memory.
    static var standard: Int { Int(ProcessInfo.processInfo.physicalMemory / 4) }

    func bytes() throws -> Int {
        guard let memory else { return Self.standard }
        return try parseOption(memory, "--memory", Quantity.bytesNotation, Quantity.bytes)
    }
}

/// `--quiet` of commands whose output is all that they print.
struct QuietOption: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Print nothing but errors, and what --json asks for.")
    var quiet = false

    func validate() { if quiet { Terminal.silence() } }
}

extension Split: ExpressibleByArgument {}
