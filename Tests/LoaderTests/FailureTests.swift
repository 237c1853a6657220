// What goes wrong while loading must end in the right error, never in a hang or a crash.

import Dataset
import Foundation
import Parallel
import Shards
import Storage
import Testing

@testable import Loader

@Suite("Loading under trouble")
struct FailureTests {
    private let small: SmallDataset
    private var dataset: PreparedDataset { small.dataset }

    init() throws { small = try SmallDataset() }

    private func path(_ shard: Int, of dataset: PreparedDataset) throws -> String {
        "\(dataset.folder)/\(dataset.manifest[.train].shards[shard].name)"
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

    /// Lets those go who wait for `gate`.
    private func open(_ gate: Monitor<Bool>) {
        gate.withLock { $0 = true }
        gate.wakeAll()
    }

    @Test("dropping a stream in the middle joins its threads", .timeLimit(.minutes(5)))
    func drop() throws {
        let streams = try MadeUpStreams(dataset, options { ($0.prefetch, $0.workers) = (8, 4) })
        for taken in 0..<5 {
            let (working, gate) = (Lock(0), Monitor(false))
            var stream: BatchStream? = try streams.stream { place in
                working.withLock { $0 += 1 }
                if place >= taken * 64 { gate.wait(.consumers) { $0 ? () : nil } }
                working.withLock { $0 -= 1 }
            }
            for _ in 0..<taken { _ = try stream?.next() }
            while working.withLock({ $0 == 0 }) {}
            Thread.detachNewThread {
                Thread.sleep(forTimeInterval: 0.03)
                open(gate)
            }
            stream = nil
            #expect(working.withLock { $0 } == 0)
        }
        // Real ones, again and again.
        let loader = try DataLoader(dataset, options: options { ($0.prefetch, $0.batchSize) = (2, 8) })
        for round in 0..<200 {
            let stream = try loader.batches(epoch: 0)
            for _ in 0..<round % 20 { _ = try stream.next() }
        }
        #expect(try loader.copies(epoch: 0).count == 140)
    }

    @Test("a task that waits for a batch stops waiting when it is cancelled", .timeLimit(.minutes(5)))
    func cancel() async throws {
        let gate = Monitor(false)
        let stream = try MadeUpStreams(dataset, options()).stream { _ in
            gate.wait(.consumers) { $0 ? () : nil }
        }
        // Should the task wait on, let it fail rather than hang.
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 240)
            open(gate)
        }
        let task = Task { try await stream.nextAsync()?.count }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(gate.withLock { !$0 }, "no batch could come so far")
        open(gate)
    }

    @Test("a cancelled loop over epochs ends", .timeLimit(.minutes(5)))
    func cancelLoop() async throws {
        let loader = try DataLoader(dataset, options: options { $0.batchSize = 4 })
        let task = Task {
            var count = 0
            for epoch in 0..<100_000 {
                for try await _ in try loader.epoch(epoch) { count += 1 }
            }
            return count
        }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(
        "a slow consumer never has more than K batches made for it, its own included",
        .timeLimit(.minutes(5)), arguments: [1, 3])
    func slowConsumer(prefetch: Int) throws {
        let streams = try MadeUpStreams(
            dataset, options { ($0.prefetch, $0.batchSize, $0.workers) = (prefetch, 16, 4) })
        let begun = Lock(0)
        let stream = try streams.stream { _ in begun.withLock { $0 += 1 } }
        var places: Set<UnsafeRawPointer> = []
        while let batch = try stream.next() {
            // Workers get as far as they may, and no further however long they have.
            let limit = min(batch.step + prefetch, 70)
            while begun.withLock({ $0 }) < limit {}
            Thread.sleep(forTimeInterval: 0.002)
            #expect(begun.withLock { $0 } == limit)
            places.insert(UnsafeRawPointer(batch.slot.images))
        }
        #expect(begun.withLock { $0 } == 70 && places.count == prefetch)
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
        #expect(throws: StorageError.self) { try DataLoader(dataset, options: options()) }
    }

    @Test(
        "a shard that is truncated while it is read is an error, not a crash", .timeLimit(.minutes(5)),
        arguments: Manifest.Compression.Codec.allCases, [nil, 1])
    func truncated(codec: Manifest.Compression.Codec, window: Int?) throws {
        let small = try SmallDataset(codec)
        let loader = try DataLoader(
            small.dataset,
            options: options { ($0.windowBlocks, $0.batchSize, $0.prefetch, $0.workers) = (window, 4, 1, 1) })
        let reference = try loader.copies(epoch: 0)
        let stream = try loader.batches(epoch: 0)
        var found = [CopiedBatch(try #require(try stream.next()))]
        for shard in 0..<3 { #expect(truncate(try path(shard, of: small.dataset), 100) == 0) }
        // What is decoded already may still be delivered; what is not must throw.
        if codec == .none || window != nil {
            #expect(throws: (any Error).self) {
                while let batch = try stream.next() { found.append(CopiedBatch(batch)) }
            }
            #expect(found.count < reference.count && found[...] == reference.prefix(found.count))
        } else {
            #expect(try found + stream.copies() == reference)
        }
    }

    @Test("a shard that is truncated before the first epoch is an error, not a crash")
    func truncatedBefore() throws {
        let small = try SmallDataset(.none)
        let loader = try DataLoader(small.dataset, options: options())
        for size in [100, 0] {
            #expect(truncate(try path(0, of: small.dataset), off_t(size)) == 0)
            #expect(throws: (any Error).self) { try loader.batches(epoch: 0) }
        }
    }

    @Test("a deleted shard does not matter to an epoch that has it open", .timeLimit(.minutes(5)))
    func deleted() throws {
        let loader = try DataLoader(dataset, options: options { $0.windowBlocks = 1 })
        let reference = try loader.copies(epoch: 0)
        for shard in 0..<3 { try FileManager.default.removeItem(atPath: try path(shard, of: dataset)) }
        #expect(try loader.copies(epoch: 0) == reference)
    }

    @Test("a batch used after it was given back ends the program with a message, in release builds too")
    func useAfterRelease() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let small = try SmallDataset()
            let stream = try DataLoader(small.dataset, options: options()).batches(epoch: 0)
            let first = try stream.next()
            _ = try stream.next()
            print(first?.labels.count ?? 0)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("a batch was used after the next one was requested"))
        #expect(text.contains("copy data that must live longer"))
    }

    @Test("bytes of a batch of floats end the program with a message")
    func bytesOfFloats() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let small = try SmallDataset()
            let stream = try DataLoader(small.dataset, options: options()).batches(epoch: 0)
            print(try stream.next()?.bytes.count ?? 0)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("a batch of float format has no bytes"))
    }

    @Test("floats of a batch of bytes end the program with a message")
    func floatsOfBytes() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let small = try SmallDataset()
            let stream = try DataLoader(small.dataset, options: options { $0.format = .u8 }).batches(epoch: 0)
            print(try stream.next()?.floats.count ?? 0)
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("a batch of format u8 has no floats"))
    }

    /// In a process of its own, since what other tests allocate is resident too.
    @Test("memory stays flat over twenty epochs, all of them in the same slots", .timeLimit(.minutes(5)))
    func memory() async {
        await #expect(processExitsWith: .success) {
            let small = try SmallDataset()
            let loader = try DataLoader(small.dataset, options: options { $0.batchSize = 8 })
            var places: Set<UnsafeRawPointer> = []
            func run(_ epoch: Int) throws {
                let stream = try loader.batches(epoch: epoch)
                while let batch = try stream.next() { places.insert(UnsafeRawPointer(batch.slot.images)) }
            }
            func resident() throws -> Int {
                let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
                    separator: " ")
                return (Int(fields[1]) ?? 0) * 4096
            }
            for epoch in 0..<5 { try run(epoch) }
            let before = try resident()
            for epoch in 5..<25 { try run(epoch) }
            #expect(places.count == loader.options.prefetch)
            // A leak of one batch per step would be 70 MB here.
            let grown = try resident() - before
            #expect(grown < 30 << 20, "\(grown) bytes more")
        }
    }
}
