// The whole job: stage, plan, write, commit.

internal import CKernels
internal import Dataset
internal import Foundation
internal import Imaging
internal import Ingest
internal import Parallel
internal import Shards
internal import Storage

/// A preparation, ready to run.
public struct Preparation: Sendable {
    /// What to do with the input.
    public var configuration: PipelineConfiguration
    /// Paths of archives, folders or IDX sets, in any order.
    public var inputs: [String]
    /// Path of the dataset folder to make.
    public var output: String
    /// Number of threads, which never affects the result.
    public var workers: Int
    /// Memory budget in bytes. A quarter is for staged pixels; the rest is for metadata (some 150 bytes and
    /// the path of each sample, which are not limited) and for the shards being written.
    public var memory: Int
    /// Whether to replace a dataset that `output` already holds.
    public var overwrite: Bool

    /// - Parameters:
    ///   - workers: by default, one per core
    ///   - memory: by default, a quarter of the machine's memory
    public init(
        configuration: PipelineConfiguration, inputs: [String], output: String,
        workers: Int? = nil, memory: Int? = nil, overwrite: Bool = false
    ) {
        self.configuration = configuration
        self.inputs = inputs
        self.output = output
        self.workers = workers ?? ProcessInfo.processInfo.activeProcessorCount
        self.memory = memory ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 4)
        self.overwrite = overwrite
    }

    /// A preparation of one input.
    public init(
        configuration: PipelineConfiguration, input: String, output: String,
        workers: Int? = nil, memory: Int? = nil, overwrite: Bool = false
    ) {
        self.init(
            configuration: configuration, inputs: [input], output: output, workers: workers, memory: memory,
            overwrite: overwrite)
    }

    /// Prepares the dataset. After an error, no unfinished dataset is left behind.
    ///
    /// - Parameters:
    ///   - isCancelled: polled between batches; once it returns true, the preparation cleans up and ends with an error
    ///   - report: called from worker threads, after every batch
    /// - Throws: ``IngestError`` if the input cannot be read, ``ShardError`` if `output` may not be written,
    ///   ``StorageError`` if reading or writing a file fails, ``PipelineError`` for everything else
    public func run(
        isCancelled: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (PreparationProgress) -> Void = { _ in }
    ) throws -> PreparationSummary {
        let start = monotonicSeconds()
        let configuration = try configuration.resolved(for: inputs)
        // A configuration that was made in code has the limits of one in a file.
        _ = try PipelineConfiguration(
            definition: configuration.definition, file: "configuration \(configuration.name)")
        // Tables are sized by the budget, so it must not exceed the machine's memory.
        let memory = min(memory, Int(clamping: ProcessInfo.processInfo.physicalMemory))
        let names = try InputNames(inputs)
        for path in inputs { try checkInput(at: path) }
        let queue = try configuration.queue(of: inputs)
        let folder: OutputFolder
        do {
            folder = try OutputFolder(output, overwrite: overwrite)
        } catch {
            // What is wrong with the input matters more.
            try requireEntries(queue)
            throw error
        }
        do {
            try folder.removeRemains()
            return try prepare(
                queue, as: configuration, names, memory: memory, in: folder, since: start,
                isCancelled: isCancelled, report: report)
        } catch {
            folder.discard()
            throw error
        }
    }

    /// Stages, plans and writes.
    private func prepare(
        _ queue: InputQueue, as configuration: PipelineConfiguration, _ names: InputNames, memory: Int,
        in folder: OutputFolder, since start: Double, isCancelled: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (PreparationProgress) -> Void
    ) throws -> PreparationSummary {
        let stager = Stager(
            configuration: configuration, names: names, memory: memory / 4,
            scratchFolder: folder.partial.path,
            workers: workers, isCancelled: isCancelled, report: report)
        var staged = try stager.run(queue, of: inputs.count)
        staged.settle(configuration.channels)
        // The directory of a large archive was hundreds of thousands of small blocks, which glibc would keep.
        kernels_return_freed_memory()
        let stagedAt = monotonicSeconds()
        let planned = try PlannedDataset(
            staged, inputs, names, configuration, workers: workers, isCancelled: isCancelled)
        let plannedAt = monotonicSeconds()
        let writer = DatasetWriter(
            dataset: planned, pixels: staged.pixels, folder: folder, workers: workers,
            isCancelled: isCancelled, report: report)
        let manifest = try writer.write()
        return PreparationSummary(
            manifest, planned, staged, inputs, workers: workers, staging: stagedAt - start,
            planning: plannedAt - stagedAt, writing: monotonicSeconds() - plannedAt)
    }

    /// - Throws: `PipelineError` if no input has any entry
    private func requireEntries(_ queue: InputQueue) throws {
        for path in inputs
        where configuration.source == .images && PathContents.wrongFolder(path, wanted: "") != nil {
            throw PipelineError.noImages(input: path, skipped: "no entries")
        }
        var (batch, times) = (EntryBatch(), StageTimes())
        var place = queue.place(ofWorker: 0, of: 1)
        _ = try queue.fill(&batch, &place, &times)
        var reason = "no entries"
        for entry in batch.entries {
            switch entry.content {
            case .pixels: return
            case .unusable(let problem): reason = "\(entry.key.text): \(problem)"
            case .encoded:
                if batch.withBytes(of: entry, { ImageFormat(magic: $0) != nil }) { return }
                reason = "\(entry.key.text) is no image"
            }
        }
        throw PipelineError.noImages(input: inputs.joined(separator: ", "), skipped: reason)
    }
}
