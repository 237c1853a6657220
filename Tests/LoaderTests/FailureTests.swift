// What goes wrong while loading must end in the right error, never in a hang or a crash.

import Dataset
import Foundation
import Shards
import Testing

@testable import Loader

@Suite("Loading under trouble")
struct FailureTests {
    private let small: SmallDataset
    private var dataset: PreparedDataset { small.dataset }

    init() throws { small = try SmallDataset() }

    private func path(_ shard: Int, of dataset: PreparedDataset) throws -> String {
        "\(dataset.folder)/\(try #require(dataset.manifest.splits[.train]?.shards[shard].name))"
    }

    @Test("for try await delivers the same batches as the blocking calls", .timeLimit(.minutes(5)))
    func asynchronous() async throws {
        let loader = try DataLoader(dataset, options: options())
        var found: [CopiedBatch] = []
        let epoch = try loader.epoch(2)
        for try await batch in epoch { found.append(CopiedBatch(batch)) }
        #expect(try loader.copies(epoch: 2) == found)
        #expect(epoch.measures.samples == 1120 && epoch.measures.batches == 18)
    }

    @Test("dropping a stream in the middle joins its threads", .timeLimit(.minutes(5)))
    func drop() throws {
        let loader = try DataLoader(dataset, options: options { ($0.prefetch, $0.batchSize) = (2, 8) })
        for round in 0..<200 {
            let stream = try loader.batches(epoch: 0)
            for _ in 0..<round % 20 { _ = try stream.next() }
        }
        #expect(try loader.copies(epoch: 0).count == 140)
        // Four hundred were started here; other tests have some of their own.
        #expect(try Self.threadCount() < 200)
    }

    /// Threads of this process.
    private static func threadCount() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        return status.split(separator: "\n").first { $0.hasPrefix("Threads:") }
            .flatMap { Int($0.dropFirst(8).trimmingCharacters(in: .whitespaces)) } ?? 0
    }

    @Test("a cancelled task stops waiting", .timeLimit(.minutes(5)))
    func cancel() async throws {
        let loader = try DataLoader(dataset, options: options { $0.batchSize = 4 })
        let task = Task {
            var count = 0
            for epoch in 0..<1000 {
                for try await _ in try loader.epoch(epoch) { count += 1 }
            }
            return count
        }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("a slow consumer never has more than K batches made for it", .timeLimit(.minutes(5)))
    func slowConsumer() throws {
        let loader = try DataLoader(
            dataset, options: options { ($0.prefetch, $0.batchSize, $0.workers) = (3, 16, 4) })
        let stream = try loader.batches(epoch: 0)
        var previous: Batch?
        var sum = 0
        while let batch = try stream.next() {
            Thread.sleep(forTimeInterval: 0.002)
            sum += batch.count
            previous = batch
        }
        #expect(sum == 1120 && previous != nil)
        #expect(stream.measures.workerWait > stream.measures.consumerWait)
    }

    @Test(
        "a corrupt block is an error that names shard and block, in both modes", .timeLimit(.minutes(5)),
        arguments: Manifest.Compression.Codec.allCases, [nil, 2])
    func corrupt(codec: Manifest.Compression.Codec, window: Int?) throws {
        let small = try SmallDataset(codec)
        let path = try path(1, of: small.dataset)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count * 3 / 4] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let loader = try DataLoader(small.dataset, options: options { $0.windowBlocks = window })
        let error = #expect(throws: ShardError.self) { try loader.copies(epoch: 0) }
        guard case .corruptFrame(let file, let frame, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(file == path && frame == 2)
    }

    @Test("a shard that is missing or cut is an error when the loader opens it", .timeLimit(.minutes(5)))
    func missing() throws {
        let path = try path(0, of: dataset)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try bytes.dropLast().write(to: URL(fileURLWithPath: path))
        #expect(throws: ShardError.wrongSize(file: path, expected: bytes.count, found: bytes.count - 1)) {
            try DataLoader(dataset, options: options())
        }
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: ShardError.self) { try DataLoader(dataset, options: options()) }
    }

    @Test(
        "a shard that is truncated while it is read is an error, not a crash", .timeLimit(.minutes(5)),
        arguments: Manifest.Compression.Codec.allCases, [nil, 1])
    func truncated(codec: Manifest.Compression.Codec, window: Int?) throws {
        let small = try SmallDataset(codec)
        let loader = try DataLoader(
            small.dataset,
            options: options { ($0.windowBlocks, $0.batchSize, $0.prefetch, $0.workers) = (window, 4, 1, 1) })
        let stream = try loader.batches(epoch: 0)
        _ = try stream.next()
        for shard in 0..<3 { #expect(truncate(try path(shard, of: small.dataset), 100) == 0) }
        // What is decoded already may still be delivered; what is not must throw.
        if codec == .none || window != nil {
            #expect(throws: (any Error).self) { while try stream.next() != nil {} }
        } else {
            while try stream.next() != nil {}
        }
    }

    @Test("a deleted shard does not matter to an epoch that has it open", .timeLimit(.minutes(5)))
    func deleted() throws {
        let loader = try DataLoader(dataset, options: options { $0.windowBlocks = 1 })
        let reference = try loader.copies(epoch: 0)
        for shard in 0..<3 { try FileManager.default.removeItem(atPath: try path(shard, of: dataset)) }
        #expect(try loader.copies(epoch: 0) == reference)
    }

    @Test("an empty split and senseless options are errors")
    func options_() throws {
        var manifest = dataset.manifest
        manifest.splits[.test]?.shards = []
        #expect(throws: LoaderError.self) { try DataLoader(dataset, options: options { $0.batchSize = 0 }) }
        #expect(throws: LoaderError.self) { try DataLoader(dataset, options: options { $0.workers = 0 }) }
        #expect(throws: LoaderError.self) { try DataLoader(dataset, options: options { $0.prefetch = 0 }) }
        #expect(throws: LoaderError.self) {
            try DataLoader(dataset, options: options { $0.rank = Rank(2, of: 2) })
        }
        #expect(throws: LoaderError.self) {
            try DataLoader(dataset, options: options()).batches(epoch: 0, from: 19)
        }
    }

    @Test("a batch used after it was given back traps")
    func useAfterRelease() async {
        await #expect(processExitsWith: .failure) {
            let small = try SmallDataset()
            let stream = try DataLoader(small.dataset, options: options()).batches(epoch: 0)
            let first = try stream.next()
            _ = try stream.next()
            _ = first?.labels.count
        }
    }

    @Test("memory stays flat over twenty epochs, and a batch costs no allocation", .timeLimit(.minutes(5)))
    func memory() throws {
        let loader = try DataLoader(dataset, options: options { $0.batchSize = 8 })
        func run(_ epoch: Int) throws {
            let stream = try loader.batches(epoch: epoch)
            while try stream.next() != nil {}
        }
        func resident() throws -> Int {
            let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return (Int(fields[1]) ?? 0) * 4096
        }
        for epoch in 0..<5 { try run(epoch) }
        let before = try resident()
        for epoch in 5..<25 { try run(epoch) }
        // Other tests run in this process too; a leak of one batch per step would be 70 MB here.
        #expect(try resident() - before < 30 << 20)
    }
}
