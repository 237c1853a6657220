// The whole job: stage, plan, write, commit.

internal import Dataset
internal import Foundation
internal import Imaging
internal import Ingest
internal import Parallel
internal import Shards

/// A preparation, ready to run.
public struct Preparation: Sendable {
    public var configuration: PipelineConfiguration
    /// Path of the archive or folder.
    public var input: String
    /// Path of the dataset folder to make.
    public var output: String
    /// Threads. Never affects the result.
    public var workers: Int
    /// Bytes that the run should stay below. A quarter is for staged pixels; the rest is for metadata
    /// (about 150 bytes a sample) and for the shards in the making.
    public var memory: Int
    public var overwrite: Bool

    public init(
        configuration: PipelineConfiguration, input: String, output: String, workers: Int, memory: Int,
        overwrite: Bool
    ) {
        self.configuration = configuration
        self.input = input
        self.output = output
        self.workers = workers
        self.memory = memory
        self.overwrite = overwrite
    }

    /// Prepares the dataset. On any error, nothing is left that looks like one.
    ///
    /// - Parameters:
    ///   - isCancelled: polled between batches; when it turns true, the run ends and cleans up
    ///   - report: called from worker threads, after every batch
    public func run(
        isCancelled: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (PreparationProgress) -> Void = { _ in }
    ) throws -> PreparationSummary {
        let start = monotonicSeconds()
        // More than there is cannot be held; tables are sized by it.
        let memory = min(memory, Int(clamping: ProcessInfo.processInfo.physicalMemory))
        var source: (any EntrySource)? = try openSource()
        let folder = try OutputFolder(output, overwrite: overwrite)
        do {
            let stager = Stager(
                configuration: configuration, memory: memory / 4, scratchFolder: folder.partial,
                workers: workers, isCancelled: isCancelled, report: report)
            var staged = try stager.run(&source, input: input)
            returnFreedMemory()
            let stagedAt = monotonicSeconds()
            let total = staged.rejections.count + staged.batches.reduce(0) { $0 + $1.count }
            var table = try SampleTable(&staged, keepsOfficialTest: configuration.officialTest)
            try check(table.unusable, of: total)
            let screening = try Screening(
                &table, pixels: staged.pixels, size: staged.size, drop: configuration.drop, workers: workers,
                input: input)
            let plan = makePlan(table, size: staged.size, duplicates: screening.duplicates)
            let plannedAt = monotonicSeconds()
            let builder = ShardBuilder(
                table: table, pixels: staged.pixels, size: staged.size, seed: configuration.seed,
                augmentation: configuration.augmentation)
            let writer = DatasetWriter(
                configuration: configuration, builder: builder, plan: plan, findings: screening.findings,
                folder: folder, workers: workers, isCancelled: isCancelled, report: report)
            let manifest = try writer.write()
            let end = monotonicSeconds()
            return PreparationSummary(
                manifest: manifest, skipped: staged.skipped, sourceBytes: staged.sourceBytes,
                scratchBytes: staged.pixels.scratchBytes, workers: workers, times: staged.times,
                staging: stagedAt - start, planning: plannedAt - stagedAt, writing: end - plannedAt)
        } catch {
            folder.discard()
            throw error
        }
    }

    /// Opens the input that the configuration expects.
    func openSource() throws -> any EntrySource {
        switch configuration.source {
        case .images:
            return try openImages(
                at: input, entryLimit: configuration.limits.entryBytes, names: configuration.names)
        case .idx:
            let dataset = try IDXDataset(path: input)
            if configuration.officialTest, !dataset.hasOfficialTest {
                throw PipelineError.noOfficialTest(input: input)
            }
            return dataset
        }
    }

    private func check(_ unusable: (count: Int, first: Rejection?), of total: Int) throws(PipelineError) {
        guard unusable.count > 0, Double(unusable.count) > configuration.maxRejected * Double(total) else {
            return
        }
        let percent = (configuration.maxRejected * 1000).rounded() / 10
        throw .tooManyRejected(
            rejected: unusable.count, of: total, limit: percent == 0 ? "none" : "\(percent) %",
            example: unusable.first.map { "\($0.key): \($0.reason)" } ?? "")
    }

    func makePlan(_ table: SampleTable, size: ImageSize, duplicates: [[Int]]) -> Plan {
        Plan(
            table.planInput, classCount: table.classes.count, ratios: configuration.ratios,
            officialTest: configuration.officialTest, seed: configuration.seed,
            copies: configuration.augmentation?.copies ?? 0,
            rowsPerShard: Manifest.rowsPerShard(bytes: configuration.shardBytes, image: size),
            duplicates: duplicates)
    }
}
