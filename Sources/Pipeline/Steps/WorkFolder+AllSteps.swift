// All steps in one process: a preparation that can be stopped at any moment and takes up where it was.

internal import Ingest
public import Shards
internal import Storage

extension WorkFolder {
    /// Bytes of inputs for each part, about what is lost when a preparation is killed.
    private static let partBytes = 64 << 20

    /// Opens the folder with as many parts as it was begun with, or as suit the inputs.
    ///
    /// - Throws: what ``init(_:_:inputs:parts:)`` throws
    public static func opened(
        _ path: String, _ configuration: PipelineConfiguration, inputs: [String]
    ) throws -> WorkFolder {
        for input in inputs { try checkInput(at: input) }
        let known = try FileSystem.isThere("\(path)/\(fileName)") ? try WorkFolder(path).parts : nil
        let parts = inputs.reduce(0) { count, input in
            // What a folder holds is known when it has been read.
            let size = (try? ReadableFile(input).size) ?? 8 * partBytes
            return count + size / partBytes + 1
        }
        return try WorkFolder(
            path, configuration, inputs: inputs, parts: known ?? min(parts, partLimit))
    }

    /// What planning found. Throws ``WorkError/missing(what:step:)`` if nothing is planned yet.
    public func notes() throws -> PlanNotes { try WorkPlan(self).notes }

    /// Does what is not done yet, and makes the dataset.
    ///
    /// - Parameters:
    ///   - inputs: paths, in any order
    ///   - memory: bytes; a quarter is for staged pixels
    ///   - isCancelled: polled between batches and steps; once it returns true, the preparation ends with an error
    /// - Throws: what ``Preparation/run(isCancelled:report:)`` throws, or ``WorkError``
    public func run(
        _ inputs: [String], to output: String, workers: Int, memory: Int, overwrite: Bool,
        isCancelled: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (PreparationProgress) -> Void = { _ in }
    ) throws -> Manifest {
        if !overwrite, record(WorkPlan.name, basis: nil, checks: { _ in false }) == nil {
            // What cannot be written is said before the work, not after it.
            try OutputFolder(output, overwrite: false).discard()
        }
        let parts = parts
        for part in 0..<parts {
            _ = try stage(
                part: part, of: inputs, workers: workers, memory: memory / 4, isCancelled: isCancelled
            ) { progress in
                var all = progress
                all.fraction = (Double(part) + progress.fraction) / Double(parts)
                report(all)
            }
        }
        let shards = try plan(workers: workers, memory: memory / 4, isCancelled: isCancelled)
        for part in 0..<parts {
            if isCancelled() { throw WorkError.interrupted(folder: path) }
            try partition(part: part, memory: memory / 4)
        }
        try write(shards: 0...shards - 1, workers: workers, memory: memory / 4, isCancelled: isCancelled)
        return try finish(output, overwrite: overwrite)
    }
}
