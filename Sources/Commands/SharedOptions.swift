// What options of several commands have in common.

public import ArgumentParser
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

/// `--quiet` of commands whose output is all that they print.
struct QuietOption: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    func validate() { if quiet { Terminal.silence() } }
}

extension Split: ExpressibleByArgument {}
