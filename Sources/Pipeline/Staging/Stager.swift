// Step one: every entry decoded, brought to its final size and measured, in parallel.

internal import Dataset
internal import Imaging
internal import Ingest
internal import Parallel
internal import Shards

/// The result of staging: samples, their pixels, and the entries left out.
struct StagedEntries: Sendable {
    var rows: any StagedRows = StagedArray([])
    /// Class names by number.
    var labelNames: [Key] = []
    var rejections: [StagedRejection] = []
    var pixels: PixelStore
    var shape: ImageShape
    /// Whether the red, green and blue of some pixel differ.
    var hasColour = false
    /// Per input, the digests of its files.
    var fileDigests: [[Digest]] = []
    /// Per input, how many images it holds, usable or not.
    var imagesOfInputs: [Int] = []
    var skipped = SkippedEntries()
    var remarks: [String] = []
    /// The table that the labels are from, if there is one.
    var labels: TableLabels?
    var sourceBytes = 0
    var times = StageTimes()
}

extension ImageShape {
    /// Of images that there are none of.
    static let none = ImageShape(size: ImageSize(width: 1, height: 1), channels: 1)
}

/// Runs the stages of a pipeline over all inputs.
///
/// Each worker reads a batch and decodes it. At a source that cannot be divided, such as a tar, they take turns: a free
/// worker locks it and reads while others decode. There is no queue, so memory is bounded by one batch per worker.
struct Stager {
    let configuration: PipelineConfiguration
    /// Of all inputs.
    let names: InputNames
    /// Bytes of pixels to hold in memory.
    let memory: Int
    let scratchFolder: String
    let workers: Int
    let isCancelled: @Sendable () -> Bool
    let report: @Sendable (PreparationProgress) -> Void

    /// - Parameters:
    ///   - numbers: of the inputs in the queue; by default, their places in it
    ///   - count: how many inputs the preparation has
    func run(_ inputs: InputQueue, _ numbers: [Int]? = nil, of count: Int) throws -> StagedEntries {
        let labels = try TableLabels(configuration, names)
        // Without a resize stage, the first image decides the size.
        let collector = Collector(
            shape: configuration.stagedShape, inputs: count, memory: memory,
            scratchFolder: scratchFolder)
        try runWorkers(workers) { number in
            var worker = StagingWorker(configuration, labels: labels)
            var place = inputs.place(ofWorker: number, of: workers)
            do {
                while !isCancelled() {
                    worker.times.start()
                    let fraction = try inputs.fill(&worker.batch, &place, &worker.times)
                    if worker.batch.entries.isEmpty || collector.isStopped { break }
                    try worker.stage(collector, input: numbers?[place.input] ?? place.input)
                    let (images, rejected) = collector.counts
                    report(.init(phase: .staging, fraction: fraction, images: images, rejected: rejected))
                }
            } catch {
                collector.stop()
                throw error
            }
            collector.add(worker.times)
        }
        if isCancelled() { throw PipelineError.interrupted }
        var staged = collector.finish()
        staged.fileDigests = Array(repeating: [], count: count)
        for (place, digests) in inputs.fileDigests.enumerated() {
            staged.fileDigests[numbers?[place] ?? place] = digests
        }
        staged.skipped = inputs.skipped
        (staged.remarks, staged.labels) = (inputs.remarks, labels)
        return staged
    }
}

extension StagedEntries {
    /// With automatic channels, delivers gray images if no image has a colour.
    mutating func settle(_ channels: PipelineConfiguration.Channels) {
        guard channels == .auto, !hasColour, shape.channels == 3 else { return }
        shape.channels = 1
        pixels.takesGray = true
    }
}
