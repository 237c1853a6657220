// Pixels that come when a test lets them, without files.

import Dataset
import Shards

@testable import Loader

/// Every pixel of a place is the lowest byte of its number.
struct MadeUpSource: PixelSource {
    let imageBytes: Int
    /// Called with the first place before pixels are given.
    let begin: @Sendable (Int) throws -> Void

    func forEach(
        _ places: Range<Int>, _ measures: inout WorkMeasures,
        _ body: (_ index: Int, _ row: Int, _ pixels: UnsafePointer<UInt8>) -> Void
    ) throws {
        try begin(places.lowerBound)
        for place in places {
            let pixels = [UInt8](repeating: UInt8(truncatingIfNeeded: place), count: imageBytes)
            pixels.withUnsafeBufferPointer { pixels in
                if let base = pixels.baseAddress { body(place - places.lowerBound, place, base) }
            }
        }
    }
}

/// A stream of the train split's 1,120 places in stored order, as bytes, from a source of one's own.
struct MadeUpStreams {
    let rows: SplitRows
    let shape: ImageShape
    let options: LoaderOptions
    let slots: SlotPool

    init(_ dataset: PreparedDataset, _ options: LoaderOptions) throws {
        var options = options
        options.format = .u8
        self.options = options
        rows = try SplitRows(dataset, split: .train, drawsForSamples: false)
        shape = dataset.manifest.image
        let (capacity, area) = (options.batchSize, shape.byteCount)
        slots = SlotPool(options.prefetch) { BatchSlot(capacity: capacity, imageBytes: area) }
    }

    func stream(_ begin: @escaping @Sendable (Int) throws -> Void) throws -> BatchStream {
        let schedule = BatchSchedule(
            samples: rows.count, batchSize: options.batchSize, remainder: options.remainder, rank: .single)
        return try BatchStream(
            rows: rows, source: MadeUpSource(imageBytes: shape.byteCount, begin: begin), schedule: schedule,
            options: options, epoch: 0, steps: 0..<schedule.steps, storedShape: shape, imageShape: shape,
            slots: slots, loadSeconds: 0)
    }
}
