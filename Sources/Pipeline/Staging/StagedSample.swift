// What staging keeps of every accepted entry, besides its pixels.

internal import Dataset
internal import Imaging
internal import Shards

/// An entry that cannot be used, and the number of the input that it is from.
struct StagedRejection: Sendable {
    var rejection: Rejection
    let input: Int
}

/// The metadata of one staged image: kept small, since there may be millions.
struct StagedSample: Sendable {
    /// Path in the input, including wrapping folders.
    var key: Key
    var source: SourceDigest
    /// Digest of the prepared pixels; two samples are duplicates if it is equal.
    var pixels: ShortDigest
    /// Number of the class name, in order of arrival.
    var labelNumber: UInt32
    /// Number of the input that it is from.
    let input: UInt32
    /// Where the pixels are in the store.
    var slot: UInt32
    private var sourceWidth, sourceHeight: UInt32
    var operations: ImageOperations
    /// The split that the source gives it; `nil` if it is to be divided.
    var givenSplit: Split?
    /// What quality findings are computed from.
    var measures: ImageMeasures

    enum SourceDigest: Sendable, Comparable {
        case member(Digest)
        /// The number of a file of its input, whose digest is known once it has been read to its end.
        case file(Int)
    }

    init(
        key: Key, source: SourceDigest, sourceSize: ImageSize, pixels: ShortDigest,
        labelNumber: UInt32, input: Int, operations: ImageOperations, givenSplit: Split?,
        measures: ImageMeasures
    ) {
        self.key = key
        self.source = source
        self.pixels = pixels
        self.labelNumber = labelNumber
        self.input = UInt32(input)
        slot = 0
        (sourceWidth, sourceHeight) = (UInt32(sourceSize.width), UInt32(sourceSize.height))
        self.operations = operations
        self.givenSplit = givenSplit
        self.measures = measures
    }

    /// The order of samples: by key; those of one key by content, so that the order of arrival never matters.
    static func precedes(_ a: StagedSample, _ b: StagedSample) -> Bool {
        if a.key != b.key { return a.key < b.key }
        return a.pixels == b.pixels ? a.source < b.source : a.pixels < b.pixels
    }

    /// - Parameter files: per input, the digests of its files
    func sourceDigest(_ files: [[Digest]]) -> Digest {
        switch source {
        case .member(let digest): digest
        case .file(let number): files[Int(input)][number]
        }
    }

    /// Size before preparation.
    var sourceSize: ImageSize { ImageSize(width: Int(sourceWidth), height: Int(sourceHeight)) }
}
