// What options of several commands have in common.

public import ArgumentParser
public import Dataset
internal import Foundation
internal import Shards
internal import Training

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

extension PreparedDataset {
    /// - Throws: `TrainingError` if this is not the dataset that a run was trained on
    func require(_ digest: Digest) throws {
        guard manifest.digest == digest else {
            throw TrainingError.otherDataset(
                folder: folder, expected: String(digest.hex.prefix(12)),
                found: String(manifest.digest.hex.prefix(12)))
        }
    }

    /// A dataset where `prep` usually writes it; `nil` if there is none, or another.
    static func usual(_ name: String, _ digest: Digest) -> PreparedDataset? {
        let found = try? PreparedDataset("shards/\(name)")
        return found?.manifest.digest == digest ? found : nil
    }
}

extension Split: ExpressibleByArgument {}
