// prep train when it is killed, interrupted, or no longer listened to.

import Foundation
import TestSupport
import Testing

@Suite("Interrupted trainings", .serialized)
struct TrainingInterruptionTests: CommandSuite {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder.withMNIST() }

    private func model(_ run: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: folder("\(run)/model.safetensors")))
    }

    @Test(
        "SIGKILL at twelve moments, then --resume: the same bytes as a run left alone",
        .timeLimit(.minutes(5)))
    func kill() throws {
        func arguments(_ run: String) -> [String] {
            ["train", folder("mnist"), "--recipe", "cnn", "--epochs", "5", "-o", folder(run), "--quiet"]
        }
        let start = ContinuousClock.now
        #expect(try Tool.run(Tool.prep, arguments("whole")).status == 0)
        let elapsed = (ContinuousClock.now - start).components
        let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        let expected = try model("whole")
        var resumed = 0
        for moment in 0..<12 {
            let run = "cut-\(moment)"
            // Some after the first epoch, however busy the machine is.
            let process =
                moment < 8
                ? try Tool.start(Tool.prep, arguments(run))
                : try Tool.start(
                    Tool.prep, arguments(run), untilThereIs: folder("\(run)/checkpoint.safetensors"))
            Thread.sleep(forTimeInterval: Double(moment % 8 + 1) / 9 * seconds)
            Foundation.kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            let again = try prep("train", folder("mnist"), "--resume", folder(run), "--quiet", "-j", "1")
            // Before the first epoch has ended there is no checkpoint to resume from.
            if !FileManager.default.fileExists(atPath: folder("\(run)/checkpoint.safetensors")) {
                #expect(again.status == 65, "\(again.errors)")
                continue
            }
            #expect(again.status == 0, "\(again.errors)")
            #expect(try model(run) == expected)
            resumed += 1
        }
        #expect(resumed >= 4)
    }

    @Test("Ctrl-C ends a run with exit 130 and says how to go on")
    func interrupt() throws {
        let process = try Tool.start(
            Tool.prep,
            [
                "train", folder("mnist"), "--recipe", "cnn", "--epochs", "10000", "-o", folder("run"),
                "--quiet",
            ], errors: folder("errors"), untilThereIs: folder("run/checkpoint.safetensors"))
        Foundation.kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        let errors = try String(contentsOfFile: folder("errors"), encoding: .utf8)
        #expect(errors.contains("prep train \(folder("mnist")) --resume \(folder("run"))"), "\(errors)")
        let page = try String(contentsOfFile: folder("run/report.html"), encoding: .utf8)
        #expect(!page.contains("http-equiv=\"refresh\""))
    }

    @Test("an interrupted first epoch leaves a folder that the next run may use")
    func firstEpoch() throws {
        try folder.write("run/.lock", [])
        try folder.write("run/.beginning", [])
        try folder.write("run/model.safetensors", [1, 2, 3])
        let resumed = try prep("train", folder("mnist"), "--resume", folder("run"))
        #expect(resumed.status == 65 && resumed.errors.contains("it has no finished epoch"))
        let again = try prep(
            "train", folder("mnist"), "--recipe", "mlp", "--epochs", "1", "-o", folder("run"))
        #expect(again.status == 0, "\(again.errors)")
        // But not a folder with anything else in it.
        try folder.write("mine/.lock", [])
        try folder.write("mine/notes.txt", [])
        let refused = try prep("train", folder("mnist"), "-o", folder("mine"))
        #expect(refused.status == 64 && refused.errors.contains("exists; give another --output"))
    }

    @Test("a log that nobody reads any more does not end a training; results that cannot be printed say so")
    func lostOutput() throws {
        let run = try Tool.run(
            "/bin/sh",
            [
                "-c", "\"$0\" train \"$1\" --recipe mlp --epochs 3 --json -o \"$2\" >/dev/full", Tool.prep,
                folder("mnist"), folder("run"),
            ])
        #expect(run.status == 0 && run.errors.contains("No space left on device; continuing without output"))
        #expect(FileManager.default.fileExists(atPath: folder("run/result.json")))
        let full = try Tool.run(
            "/bin/sh",
            ["-c", "\"$0\" evaluate \"$1\" \"$2\" >/dev/full", Tool.prep, folder("run"), folder("mnist")])
        #expect(full.status == 74 && full.errors == "prep: standard output: No space left on device\n")
        // A pipe whose reader has gone, as behind “| head”.
        let closed = try Tool.run(
            "/bin/bash", ["-c", "{ sleep 0.5; \"$0\" recipes; } | true; exit ${PIPESTATUS[0]}", Tool.prep])
        #expect(closed.status == 141 && closed.errors.isEmpty)
        // What is no file is written to as it stands.
        let table = try prep("evaluate", folder("run"), folder("mnist"), "--predictions", "/dev/stdout")
        #expect(table.status == 0 && table.output.contains("id,key,label,prediction,logit 0"))
    }
}
