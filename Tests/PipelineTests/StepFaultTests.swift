// Every system call of a preparation in steps fails once: no step takes that for damaged input, and it can be done again.

import Dataset
import Foundation
import Shards
import Storage
import TestSupport
import Testing

@testable import Pipeline

@Suite("Steps on a failing system", .serialized)
struct StepFaultTests {
    private struct Job: StepSuite {
        let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            for (index, name) in ["jpeg-gray.jpg", "jpeg-rgb-420.jpg", "png-gray-8.png"].enumerated() {
                try folder.write("in/\(index % 2)/\(name)", try Fixtures.bytes("images/\(name)"))
            }
        }

        /// All steps, each of which opens the folder as a process of its own does.
        func prepare() throws -> Digest {
            let configuration = try configuration("images") { $0.maxRejected = 1 }
            let path = folder("work")
            _ = try WorkFolder(path, configuration, inputs: [folder("in")], parts: 1)
                .stage(part: 0, of: [folder("in")], workers: 1, memory: 1 << 20)
            let shards = try WorkFolder(path).plan(workers: 1, memory: 1 << 20)
            try WorkFolder(path).partition(part: 0, memory: 1 << 20)
            try WorkFolder(path).write(shards: 0...shards - 1, workers: 1, memory: 1 << 20)
            return try WorkFolder(path).finish(folder("out"), overwrite: true).digest
        }

        func remove(_ name: String) { try? FileManager.default.removeItem(atPath: folder(name)) }
    }

    @Test(
        "each call fails once: the error is the system's, and the steps end in the same dataset",
        .timeLimit(.minutes(5)))
    func once() async {
        await #expect(processExitsWith: .success) {
            let job = try Job()
            let expected = try job.prepare()
            let count = try FaultyCalls.forEach({ .error($0 == .write ? ENOSPC : ESTALE) }) { number in
                job.remove("work")
                job.remove("out")
                do {
                    let made = try job.prepare()
                    #expect(made == expected, "call \(number)")
                } catch {
                    let kind = (error as? any Failure)?.kind
                    #expect(kind == .io, "call \(number): \(error)")
                }
                try FaultyCalls.paused {
                    let again = try job.prepare()
                    #expect(again == expected, "after a fault in call \(number)")
                }
            }
            #expect(count > 50)
        }
    }

    @Test("shards that are missing are taken together only where they are neighbours")
    func neighbours() {
        #expect(WorkFolder.neighbours([0, 1, 2, 3, 7], atMost: 3) == [0...2, 3...3, 7...7])
        #expect(WorkFolder.neighbours([5], atMost: 9) == [5...5])
        #expect(WorkFolder.neighbours([], atMost: 1).isEmpty)
    }
}
