// What a loader delivers, and how.

public import Dataset
public import Imaging

/// The numbers that pixels become.
public enum PixelFormat: Sendable, Equatable, Codable {
    /// As stored: U8, 0...255.
    case u8
    /// Float, (x/255 - mean) / deviation. Each step is rounded to Float, as torchvision's ToTensor and
    /// Normalize do it.
    case float(mean: Float, deviation: Float)

    /// Float, x/255.
    public static let unit = PixelFormat.float(mean: 0, deviation: 1)
    /// Float, (x/255 - 0.5) / 0.5, in -1...1.
    public static let symmetric = PixelFormat.float(mean: 0.5, deviation: 0.5)
}

extension PixelFormat: CustomStringConvertible {
    public var description: String {
        switch self {
        case .u8: "u8"
        case .float(let mean, let deviation): "float with mean \(mean) and deviation \(deviation)"
        }
    }
}

/// What happens to the last samples of an epoch when they do not fill a batch.
public enum Remainder: String, Sendable, Codable, CaseIterable {
    /// A shorter batch; with several ranks, slices that differ in length.
    case keep
    /// They are left out of this epoch.
    case drop
    /// The batch is filled with the first samples of the same epoch.
    case pad
}

/// This process's place among those that share the data.
public struct Rank: Sendable, Equatable {
    public let number: Int
    public let count: Int

    /// The only one.
    public static let single = Rank(0, of: 1)

    public init(_ number: Int, of count: Int) {
        self.number = number
        self.count = count
    }

    /// This rank's slice of a global batch of `size`: slices are contiguous, in rank order, and
    /// differ in length by one at most.
    func slice(of size: Int) -> Range<Int> {
        number * size / count..<(number + 1) * size / count
    }
}

/// Options of a loader. Those above the line decide what is delivered, those below only how fast.
public struct LoaderOptions: Sendable {
    /// Samples of a step, over all ranks.
    public var batchSize = 128
    public var seed: UInt64 = 0
    /// Off for evaluation: samples come in stored order.
    public var shuffle = true
    public var format = PixelFormat.unit
    /// Augmentation on the fly, drawn per (seed, epoch, sample id).
    public var augmentation: RandomAffine?
    /// A frame that images are placed in, after augmentation; `nil` for none.
    public var canvas: ImageSize?
    public var remainder = Remainder.keep
    public var rank = Rank.single
    /// Blocks that are mixed with each other when the split does not fit the memory budget; `nil` chooses
    /// as many as fit. Part of the order, so it is kept in the state.
    public var windowBlocks: Int?

    // ----

    /// Threads that fill batches.
    public var workers = 2
    /// Batches that may be ready ahead of the consumer.
    public var prefetch = 4
    /// Bytes of decoded pixels that may be held.
    public var memory = 1 << 30

    public init() {}

    func validate() throws(LoaderError) {
        try check((1...1 << 24).contains(batchSize), "batch size", "\(batchSize) is not from 1 to 16,777,216")
        try check((1...1024).contains(workers), "workers", "\(workers) is not from 1 to 1024")
        try check((1...4096).contains(prefetch), "prefetch", "\(prefetch) is not from 1 to 4096")
        try check(
            rank.count > 0 && (0..<rank.count).contains(rank.number), "rank",
            "\(rank.number) of \(rank.count) is not a rank")
        try check(rank.count <= batchSize, "rank", "\(rank.count) ranks cannot share batches of \(batchSize)")
        try check(windowBlocks.map { $0 > 0 } ?? true, "window", "must be one block or more")
        try check(memory >= 0, "memory", "\(memory) bytes are less than none")
        try validatePixels()
    }

    /// Whatever passes can be computed with: no division by zero, nothing beyond the range of fixed point.
    private func validatePixels() throws(LoaderError) {
        if case .float(let mean, let deviation) = format {
            try check(
                mean.isFinite && deviation.isFinite && deviation != 0, "format",
                "cannot subtract \(mean) and divide by \(deviation)")
        }
        if let augmentation {
            // What pipelines and recipes allow.
            let limits = [
                ("rotation", augmentation.rotation, 180.0), ("shift", augmentation.shift, 1024),
                ("scale", augmentation.scale, 0.9), ("shear", augmentation.shear, 60),
            ]
            for (name, value, limit) in limits {
                try check(
                    (0...limit).contains(value), "augmentation", "\(name) \(value) is not from 0 to \(limit)")
            }
        }
        if let canvas {
            let sides = 1...1 << 16
            try check(
                sides.contains(canvas.width) && sides.contains(canvas.height), "canvas",
                "\(canvas) is not from 1x1 to 65536x65536")
        }
    }

    private func check(_ isFine: Bool, _ option: String, _ reason: String) throws(LoaderError) {
        if !isFine { throw .invalid(option: option, reason: reason) }
    }
}
