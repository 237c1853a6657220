// Killed at any moment, a run leaves nothing that looks finished, and the next one succeeds.

import Foundation
import TestSupport
import Testing

@Suite("Killed and interrupted runs", .serialized)
struct KillTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let made = try Tool.run(Tool.prep, ["synthesize", folder("in.zip"), "--count", "6000"])
        #expect(made.status == 0)
    }

    private var arguments: [String] {
        [
            "kaggle", folder("in.zip"), "-o", folder("out"), "--shard-size", "100KB", "--augment",
            "rotate=5,copies=3",
        ]
    }

    private func digest() throws -> String {
        let text = try Tool.run(Tool.prep, ["inspect", folder("out"), "--json"]).output
        return String(text.split(separator: "\n").first { $0.contains("\"digest\"") } ?? "")
    }

    @Test(
        "SIGKILL at thirty moments of a run: never a finished-looking folder, then the same digest",
        .timeLimit(.minutes(5)))
    func kill() throws {
        // The machine may have become less busy since the first.
        var duration = Duration.seconds(60)
        func finish() throws -> Bool {
            let start = ContinuousClock.now
            let status = try Tool.run(Tool.prep, arguments).status
            duration = min(duration, ContinuousClock.now - start)
            return status == 0
        }
        #expect(try finish())
        let expected = try digest()
        #expect(!expected.isEmpty)
        let reference = try contents(of: folder("out"))
        var killed = 0
        for step in 0..<30 {
            try? FileManager.default.removeItem(atPath: folder("out"))
            let process = try Tool.start(Tool.prep, arguments)
            Thread.sleep(forTimeInterval: Double(step) / 29 * duration.seconds * 1.05)
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            let finished = FileManager.default.fileExists(atPath: folder("out/dataset.json"))
            if !finished {
                killed += 1
                let looksFinished = try Tool.run(Tool.prep, ["verify", folder("out")])
                #expect(looksFinished.status == 65)
                #expect(try finish(), "after a kill at step \(step)")
            }
            #expect(try Tool.run(Tool.prep, ["verify", folder("out")]).status == 0)
            #expect(try digest() == expected)
            #expect(try contents(of: folder("out")) == reference)
        }
        #expect(killed > 10)
    }

    @Test("killed again and again, a run with --work goes on where it was, to the same files")
    func resume() throws {
        #expect(try Tool.run(Tool.prep, arguments).status == 0)
        let reference = try contents(of: folder("out"))
        try FileManager.default.removeItem(atPath: folder("out"))
        let resumable = arguments + ["--work", folder("work")]
        // Asked to stop, it says what it keeps.
        let asked = try Tool.start(
            Tool.prep, resumable + ["-j", "1"], errors: folder("errors"), untilThereIs: folder("work/staged"))
        asked.terminate()
        asked.waitUntilExit()
        let errors = try String(contentsOfFile: folder("errors"), encoding: .utf8)
        #expect(asked.terminationReason == .exit && asked.terminationStatus == 130, "\(errors)")
        #expect(errors.contains("work keeps what is done"))
        var killed = 0
        for step in 0..<12 {
            let process = try Tool.start(Tool.prep, resumable)
            Thread.sleep(forTimeInterval: 0.05 + 0.05 * Double(step))
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            killed += process.terminationReason == .uncaughtSignal ? 1 : 0
        }
        #expect(killed > 1)
        #expect(try Tool.run(Tool.prep, resumable).status == 0)
        #expect(try contents(of: folder("out")) == reference)
        let staged = folder("work/staged/part-00000-of-00001.pixels.safetensors")
        let before = try FileManager.default.attributesOfItem(atPath: staged)[.systemFileNumber] as? Int
        try FileManager.default.removeItem(atPath: folder("out"))
        #expect(try Tool.run(Tool.prep, resumable).status == 0)
        #expect(try contents(of: folder("out")) == reference)
        let after = try FileManager.default.attributesOfItem(atPath: staged)[.systemFileNumber] as? Int
        #expect(before != nil && before == after, "what is done is not done again")
        #expect(try Tool.run(Tool.prep, resumable + ["--seed", "1"]).status == 65)
    }

    @Test(
        "SIGKILL while replacing a dataset leaves the old one or the new one, whole",
        .timeLimit(.minutes(5)))
    func killWhileReplacing() throws {
        let other = ["kaggle", folder("in.zip"), "-o", folder("out"), "--seed", "5"]
        let start = ContinuousClock.now
        #expect(try Tool.run(Tool.prep, arguments).status == 0)
        let duration = ContinuousClock.now - start
        for step in 0..<12 {
            #expect(try Tool.run(Tool.prep, other + ["--overwrite"]).status == 0)
            let process = try Tool.start(Tool.prep, arguments + ["--overwrite"])
            Thread.sleep(forTimeInterval: (0.6 + Double(step) / 11 * 0.45) * duration.seconds)
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            #expect(try Tool.run(Tool.prep, ["verify", folder("out")]).status == 0)
        }
        #expect(try Tool.run(Tool.prep, arguments + ["--overwrite"]).status == 0)
        #expect(try Tool.run(Tool.prep, ["verify", folder("out")]).status == 0)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["in.zip", "out"])
    }

    @Test("Ctrl-C ends a run with 130 and cleans up", .timeLimit(.minutes(1)))
    func interrupt() throws {
        let process = try Tool.start(Tool.prep, arguments + ["-j", "1"], untilThereIs: folder("out"))
        process.interrupt()
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 130)
        #expect(!FileManager.default.fileExists(atPath: folder("out")))
    }
}

extension Duration {
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
