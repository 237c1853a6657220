// Every system call of a preparation fails once: what was there before stays, and the next run succeeds.

import Dataset
import Foundation
import Shards
import Storage
import TestSupport
import Testing

@testable import Pipeline

@Suite("Preparations on a failing system", .serialized)
struct FaultTests {
    /// A preparation with a scratch file, in a folder of its own.
    private struct Job {
        let folder: TemporaryFolder
        var output: String { folder("parent/out") }

        init() throws {
            folder = try TemporaryFolder()
            for (index, name) in ["jpeg-gray", "jpeg-rgb-420", "png-gray-8"].enumerated() {
                let ending = name.hasPrefix("jpeg") ? "jpg" : "png"
                try folder.write(
                    "in/\(index % 2)/\(name).\(ending)", try Fixtures.bytes("images/\(name).\(ending)"))
            }
            try FileManager.default.createDirectory(
                atPath: folder("parent"), withIntermediateDirectories: true)
        }

        func prepare(seed: UInt64 = 1) throws -> Digest {
            try prepareDataset(
                folder("in"), to: output, pipeline: "images", workers: 1, memory: 0, overwrite: true
            ) { configuration in
                configuration.seed = seed
                // No fault may pass for an image that is damaged.
                configuration.maxRejected = 1
            }.digest
        }

        /// The digest of the dataset that is there, after a check of every byte; `nil` if there is none.
        func found() throws -> Digest? {
            guard FileManager.default.fileExists(atPath: "\(output)/dataset.json") else { return nil }
            let dataset = try PreparedDataset(output)
            #expect(Verification(of: dataset, workers: 1).problems.isEmpty)
            return dataset.manifest.digest
        }

        func remove() { try? FileManager.default.removeItem(atPath: output) }
    }

    /// Runs a preparation for each fault: over an old dataset if `isReplacing`, otherwise into no folder.
    private static func check(
        isReplacing: Bool, isLasting: Bool = false,
        _ fault: @escaping @Sendable (SystemCall) -> SystemCall.Fault?
    ) throws {
        let job = try Job()
        let new = try job.prepare()
        job.remove()
        let old = isReplacing ? try job.prepare(seed: 2) : nil
        let count = try FaultyCalls.forEach(fault, isLasting: isLasting) { number in
            let made = try? job.prepare()
            try FaultyCalls.paused {
                let found = try job.found()
                #expect(made == nil || made == new && found == new, "call \(number)")
                #expect(found == new || found == old, "call \(number)")
                #expect(try job.prepare() == new, "after a fault in call \(number)")
                #expect(try job.found() == new)
                let beside = try FileManager.default.contentsOfDirectory(atPath: job.folder("parent"))
                #expect(beside == ["out"], "call \(number)")
                if isReplacing { _ = try job.prepare(seed: 2) } else { job.remove() }
            }
        }
        #expect(count > 5)
    }

    @Test("each call fails once: no room, a failing disk", .timeLimit(.minutes(5)))
    func once() async {
        await #expect(processExitsWith: .success) {
            for isReplacing in [false, true] {
                try Self.check(isReplacing: isReplacing) { .error($0 == .write ? ENOSPC : EIO) }
            }
        }
    }

    @Test("from some call on, all fail: a disk that is gone", .timeLimit(.minutes(5)))
    func lasting() async {
        await #expect(processExitsWith: .success) {
            for isReplacing in [false, true] {
                try Self.check(isReplacing: isReplacing, isLasting: true) { _ in .error(EIO) }
                try Self.check(isReplacing: isReplacing, isLasting: true) {
                    $0 == .write ? .error(ENOSPC) : nil
                }
                try Self.check(isReplacing: isReplacing, isLasting: true) {
                    $0 == .open ? .error(EMFILE) : nil
                }
            }
        }
    }

    @Test("signals and short transfers change nothing", .timeLimit(.minutes(5)))
    func interruptions() async {
        await #expect(processExitsWith: .success) {
            let job = try Job()
            let expected = try job.prepare()
            for fault in [SystemCall.Fault.error(EINTR), .short(1)] {
                try FaultyCalls.forEach({ call in
                    fault == .short(1) && ![.read, .write].contains(call) ? nil : fault
                }) { number in
                    job.remove()
                    let made = try job.prepare()
                    #expect(made == expected, "\(fault) in call \(number)")
                }
            }
            let found = try job.found()
            #expect(found == expected)
        }
    }
}
