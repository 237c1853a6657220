// Every system call of a training fails once: the run is whole and can be resumed, or begun again.

import Dataset
import Foundation
import Shards
import Storage
import TestSupport
import Testing

@testable import Training

@Suite("Trainings on a failing system", .serialized)
struct FaultTests: RunSuite {
    let runs: TemporaryRuns

    init() throws { runs = try TemporaryRuns() }

    private func shortRecipe() throws -> Recipe {
        try Recipe(
            yaml: """
                name: short
                layers: [flatten, {linear: classes}]
                batch: 200
                epochs: 3
                """, file: "short.yaml")
    }

    /// Trains to the end; resumes if there is a checkpoint.
    private func run(_ name: String) throws {
        if FileManager.default.fileExists(atPath: temporary("\(name)/checkpoint.safetensors")) {
            let folder = try RunFolder(resuming: temporary(name))
            _ = try Trainer(resuming: folder, on: PreparedDataset(dataset.folder), jobs: 1).run()
        } else {
            let folder = try RunFolder(creating: temporary(name))
            _ = try Trainer(
                shortRecipe(), on: PreparedDataset(dataset.folder), seed: 0, jobs: 1, folder: folder
            ).run()
        }
    }

    private func check(
        isLasting: Bool = false, _ fault: @escaping @Sendable (SystemCall) -> SystemCall.Fault?
    ) throws {
        try run("whole")
        let model = try bytes("whole/model.safetensors")
        let count = try FaultyCalls.forEach(fault, isLasting: isLasting) { number in
            _ = try? run("run")
            try FaultyCalls.paused {
                if FileManager.default.fileExists(atPath: temporary("run/model.safetensors")) {
                    _ = try Model(contentsOf: temporary("run/model.safetensors"))
                }
                // Ends the run, whether it broke off or not.
                try run("run")
                #expect(try bytes("run/model.safetensors") == model, "after a fault in call \(number)")
                try FileManager.default.removeItem(atPath: temporary("run"))
            }
        }
        #expect(count > 10)
    }

    @Test("each call fails once, or all from some call on", .timeLimit(.minutes(5)))
    func failures() async {
        await #expect(processExitsWith: .success) {
            let suite = try FaultTests()
            try suite.check { .error($0 == .write ? ENOSPC : EIO) }
            try suite.check(isLasting: true) { _ in .error(EIO) }
            try suite.check(isLasting: true) { $0 == .write ? .error(ENOSPC) : nil }
        }
    }

    @Test("signals and short transfers change no bit", .timeLimit(.minutes(5)))
    func interruptions() async {
        await #expect(processExitsWith: .success) {
            let suite = try FaultTests()
            try suite.check { _ in .error(EINTR) }
            try suite.check { [.read, .write].contains($0) ? .short(1) : nil }
        }
    }
}
