// The loader: a split of a prepared dataset as batches, epoch after epoch.

public import Dataset
internal import Foundation
internal import Imaging
internal import Parallel
public import Shards

/// Streams a split as batches.
///
/// Batches are a pure function of dataset, epoch, step and those options that ``LoaderOptions`` lists above its
/// line: never of the number of workers, the depth of the ring, compression, or timing.
public final class DataLoader: Sendable {
    /// The options in use; after resuming, some of them come from the state.
    public let options: LoaderOptions
    /// Shape of the images in batches: width and height are the dataset's, or those of the canvas.
    public let imageShape: ImageShape
    /// Class names, by label.
    public let classes: [String]
    private let digest: Digest
    private let split: Split
    private let fold: Int?
    private let rows: SplitRows
    private let storedShape: ImageShape
    private let schedule: BatchSchedule
    let slots: SlotPool
    private let resident: Lock<ResidentPixels?>
    /// Blocks per window, or `nil` if the whole split is shuffled at once.
    private let windowBlocks: Int?

    /// Opens a split. Its pixels are read when the first epoch begins.
    ///
    /// - Parameter fold: a fold that is validation while all others are train; `nil` for the dataset's own splits
    /// - Throws: ``LoaderError`` for impossible options or an empty split, ``ShardError`` or ``StorageError`` if a
    ///   shard cannot be read
    public init(
        _ dataset: PreparedDataset, split: Split = .train, holdingOut fold: HeldOutFold? = nil,
        options: LoaderOptions = LoaderOptions()
    ) throws {
        let shape = dataset.manifest.image
        try options.validate(channels: shape.channels)
        try fold?.require(dataset)
        let rows = try SplitRows(
            dataset, split: split, fold: fold, drawsForSamples: options.augmentation != nil)
        self.options = options
        self.split = split
        self.fold = fold?.number
        self.rows = rows
        if let canvas = options.canvas, Canvas(canvas, around: shape) == nil {
            throw LoaderError.invalid(
                option: "canvas", reason: "images of \(shape.size) do not fit \(canvas)")
        }
        storedShape = shape
        imageShape = ImageShape(size: options.canvas ?? shape.size, channels: shape.channels)
        classes = dataset.classes.names
        digest = dataset.manifest.digest
        windowBlocks = Self.window(rows, options)
        schedule = BatchSchedule(
            samples: rows.count, batchSize: options.batchSize, remainder: options.remainder,
            rank: options.rank)
        let (capacity, isFloat) = (schedule.capacity, options.format != .u8)
        let imageBytes = imageShape.byteCount * (isFloat ? 4 : 1)
        try Self.requireMemory(options, capacity: capacity, imageBytes: imageBytes)
        slots = SlotPool(options.prefetch) { BatchSlot(capacity: capacity, imageBytes: imageBytes) }
        resident = Lock(nil)
    }

    /// Opens a split so that `batches(epoch: state.epoch, from: state.step)` continues where `state` was saved.
    ///
    /// Seed, batch size, shuffle, remainder and window are taken from the state. Format, augmentation and canvas must
    /// be those that it was saved with. Rank, workers, prefetch and memory are free. Throws as
    /// `init(_:split:holdingOut:options:)` does, and ``LoaderError`` if the state does not fit the dataset or the options.
    public convenience init(_ dataset: PreparedDataset, resuming state: LoaderState, options: LoaderOptions)
        throws
    {
        guard dataset.manifest.digest == state.digest else {
            throw LoaderError.otherDataset(
                folder: dataset.folder, expected: state.digest, found: dataset.manifest.digest)
        }
        try self.init(
            dataset, split: state.split, holdingOut: try state.fold.map { try HeldOutFold($0, of: dataset) },
            options: try state.options(continuing: options))
        try require(epoch: state.epoch, step: state.step)
    }

    /// Checks that batches fit the machine's memory, since a failed allocation would end the program.
    private static func requireMemory(
        _ options: LoaderOptions, capacity: Int, imageBytes: Int
    ) throws(LoaderError) {
        // As Double, because Int could overflow.
        let needed = Double(options.prefetch) * Double(capacity) * Double(imageBytes)
        let available = Double(ProcessInfo.processInfo.physicalMemory)
        guard needed <= available else {
            throw .invalid(
                option: "batch size",
                reason:
                    "\(options.prefetch) batches of \(capacity) images take \(Int(needed / 0x1p30)) GiB, "
                    + "and this machine has \(Int(available / 0x1p30)); "
                    + "choose a smaller batch size or prefetch")
        }
    }

    private func require(epoch: Int, step: Int) throws(LoaderError) {
        guard epoch >= 0 else {
            throw .invalid(option: "epoch", reason: "\(epoch) is negative; the first epoch is 0")
        }
        guard (0...schedule.steps).contains(step) else {
            throw .invalid(
                option: "step", reason: "\(step) is not from 0 to \(schedule.steps), the end of the epoch")
        }
    }

    /// Blocks per window; `nil` if the options set no window and the split fits the memory budget.
    private static func window(_ rows: SplitRows, _ options: LoaderOptions) -> Int? {
        if let blocks = options.windowBlocks { return min(blocks, rows.blocks.count) }
        guard rows.ids.count * rows.imageBytes > options.memory, let block = rows.blocks.first else {
            return nil
        }
        // Two windows are in memory at once when a batch spans them.
        return max(options.memory / 2 / (block.rows.count * rows.imageBytes), 1)
    }

    /// Samples of the split, over all ranks.
    public var sampleCount: Int { rows.count }

    /// Steps of an epoch, the same for all ranks.
    public var stepsPerEpoch: Int { schedule.steps }

    /// The state to save in a checkpoint, from which a new loader continues with the batch of `step` in `epoch`. Throws
    /// if there is no such epoch or step.
    public func state(epoch: Int, step: Int) throws(LoaderError) -> LoaderState {
        try require(epoch: epoch, step: step)
        return LoaderState(
            digest: digest, split: split, fold: fold, seed: options.seed, epoch: epoch, step: step,
            batchSize: options.batchSize, shuffle: options.shuffle, remainder: options.remainder,
            windowBlocks: windowBlocks, format: options.format, layout: options.layout,
            augmentation: options.augmentation,
            canvas: options.canvas)
    }

    /// The batches of an epoch, for a `for try await` loop. Throws as `batches(epoch:from:)` does.
    public func epoch(_ epoch: Int, from step: Int = 0) throws -> EpochBatches {
        EpochBatches(stream: try batches(epoch: epoch, from: step))
    }

    /// The batches of an epoch, for callers without async: call `next()` until it returns `nil`.
    ///
    /// - Throws: ``LoaderError`` if there is no such epoch or step, ``ShardError`` or ``StorageError`` if a shard is
    ///   damaged
    public func batches(epoch: Int, from step: Int = 0) throws -> BatchStream {
        try require(epoch: epoch, step: step)
        let steps = step..<schedule.steps
        var loadSeconds = 0.0
        let order = makeOrder(epoch)
        let source: any PixelSource
        if windowBlocks != nil, !rows.isUncompressed {
            source = WindowedEpoch(
                rows, order, places: steps.lazy.map { [schedule] in schedule.places(of: $0) })
        } else {
            // Mapped shards need no memory of their own, so windows only decide the order here.
            let resident = try self.resident.withLock { resident in
                if let resident { return resident }
                let loaded = try ResidentPixels(rows, workers: options.workers)
                loadSeconds = loaded.loadSeconds
                resident = loaded
                return loaded
            }
            source = ResidentEpoch(resident: resident, order: order)
        }
        return try BatchStream(
            rows: rows, source: source, schedule: schedule, options: options, epoch: epoch, steps: steps,
            storedShape: storedShape, imageShape: imageShape, slots: slots, loadSeconds: loadSeconds)
    }

    private func makeOrder(_ epoch: Int) -> SampleOrder {
        if let windowBlocks {
            return SampleOrder(
                blocks: rows.rowsOfBlocks, window: windowBlocks, shuffle: options.shuffle,
                seed: options.seed, epoch: epoch)
        }
        guard options.shuffle else { return SampleOrder(sequential: rows.order) }
        return SampleOrder(global: rows.order, seed: options.seed, epoch: epoch)
    }
}

/// The batches of one epoch, for one `for try await` loop.
public struct EpochBatches: AsyncSequence, Sendable {
    public typealias Element = Batch

    let stream: BatchStream

    /// Where the time went; complete after the loop.
    public var measures: LoaderMeasures { stream.measures }

    /// Awaits one batch after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let stream: BatchStream

        public mutating func next() async throws -> Batch? { try await stream.nextAsync() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: stream) }
}
