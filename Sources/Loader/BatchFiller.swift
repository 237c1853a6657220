// What one worker does: gather the rows of a step, augment them, convert them.

internal import Dataset
internal import Imaging

/// Fills slots. Owned by one worker.
struct BatchFiller: ~Copyable {
    private let rows: SplitRows
    private let source: any PixelSource
    private let options: LoaderOptions
    private let epoch: Int
    private let augmenter: Augmenter
    private let shape: ImageShape
    private let canvas: Canvas?
    /// One image on its canvas.
    private let placed: UnsafeMutableBufferPointer<UInt8>
    /// One image with its channels separated.
    private let separated: UnsafeMutableBufferPointer<UInt8>
    var measures = WorkMeasures()

    init(
        _ rows: SplitRows, _ source: any PixelSource, shape: ImageShape, options: LoaderOptions, epoch: Int
    ) {
        self.rows = rows
        self.source = source
        self.options = options
        self.epoch = epoch
        augmenter = Augmenter(options.augmentation ?? Augmentation(), shape: shape)
        canvas = options.canvas.flatMap { Canvas($0, around: shape) }
        placed = .allocate(capacity: canvas?.shape.byteCount ?? 0)
        self.shape = canvas?.shape ?? shape
        separated = .allocate(capacity: self.shape.byteCount)
    }

    deinit {
        placed.deallocate()
        separated.deallocate()
    }

    /// Fills `slot` with the rows at `places` of the epoch's order. Augmentation depends on a
    /// sample's identity alone, never on its place, the worker or the batch.
    mutating func fill(_ slot: BatchSlot, _ places: Range<Int>) {
        slot.count = places.count
        slot.failure = nil
        let area = rows.imageBytes
        var measures = self.measures
        do {
            try source.forEach(places, &measures) { index, row, pixels in
                slot.labels[index] = rows.labels[row]
                slot.ids[index] = rows.ids[row]
                var image = UnsafeBufferPointer(start: pixels, count: area)
                if options.augmentation != nil {
                    var random = SeededRandom(
                        seed: options.seed, purpose: .augmentation, epoch: UInt64(epoch),
                        sample: rows.identities[row])
                    image = augmenter.augment(image, &random)
                }
                if let canvas {
                    canvas.place(image, on: placed)
                    image = UnsafeBufferPointer(placed)
                }
                store(image, index, in: slot)
            }
        } catch {
            slot.count = 0
            slot.failure = error
        }
        measures.mark(options.augmentation == nil ? .collate : .augment)
        self.measures = measures
    }

    private func store(_ image: UnsafeBufferPointer<UInt8>, _ index: Int, in slot: BatchSlot) {
        let separates = options.layout == .nchw && shape.channels > 1
        switch options.format {
        case .u8:
            let target = slot.images.assumingMemoryBound(to: UInt8.self) + index * image.count
            if separates {
                separateChannels(image, shape, into: target)
            } else if let base = image.baseAddress {
                target.update(from: base, count: image.count)
            }
        case .float(let mean, let deviation):
            let target = slot.images.assumingMemoryBound(to: Float.self) + index * image.count
            guard separates, let base = separated.baseAddress else {
                return normalize(image, mean: mean, deviation: deviation, into: target)
            }
            separateChannels(image, shape, into: base)
            let area = shape.size.area
            for channel in 0..<shape.channels {
                let place = channel % mean.count
                normalize(
                    UnsafeBufferPointer(start: base + channel * area, count: area), mean: [mean[place]],
                    deviation: [deviation[place]], into: target + channel * area)
            }
        }
    }
}
