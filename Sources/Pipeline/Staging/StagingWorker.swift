// One worker of staging: its decoder, its buffers, its batch.

internal import Dataset
internal import Imaging
internal import Ingest
internal import Shards

/// Decodes and transforms the entries of one batch after the other, reusing its buffers.
struct StagingWorker: ~Copyable {
    var batch = EntryBatch()
    var times = StageTimes()
    private let stages: [any Stage]
    private let channels: PipelineConfiguration.Channels
    private let labels: TableLabels?
    private let classNames: ClassNaming?
    /// Whether an image with a colour has been seen, so that others need not be looked at.
    private var hasColour = false
    private var decoder: ImageDecoder
    private var image = PixelBuffer()
    private var workspace = Workspace()
    private var samples: [StagedSample] = []
    private var pixels: [UInt8] = []
    private var rejections: [Rejection] = []
    /// Class names that this worker has met, with their numbers.
    private var labelNumbers: [Key: UInt32] = [:]

    /// The most bytes of pixels to keep before they are stored: a batch of small files can be prepared to 4 GB.
    private static let pixelLimit = 8 << 20

    init(_ configuration: PipelineConfiguration, labels: TableLabels?) {
        stages = configuration.stages.map(\.stage)
        channels = configuration.channels
        classNames = configuration.classNames
        self.labels = labels
        decoder = ImageDecoder(
            limits: configuration.limits, wantsGray: stages.first is Grayscale,
            target: configuration.decodingTarget)
    }

    /// Stages the entries of `batch`, which are of one input.
    mutating func stage(_ collector: Collector, input: Int) throws {
        times.start()
        var sourceBytes = 0
        for entry in batch.entries {
            sourceBytes += batch.withBytes(of: entry) { $0.count }
            do {
                let (label, split) = try label(of: entry, input)
                let (digest, size) = try decode(entry)
                times.mark(.decode)
                try transform(entry, label, split, digest, size, input, collector)
            } catch let error as ImageError {
                rejections.append(Rejection(key: entry.key, reason: error.description))
            } catch let missing as TableLabels.Missing {
                rejections.append(Rejection(key: entry.key, reason: missing.reason))
            }
            if pixels.count >= Self.pixelLimit {
                try store(in: collector, input: input, sourceBytes: &sourceBytes)
            }
        }
        try store(in: collector, input: input, sourceBytes: &sourceBytes)
        image.shrink()
        decoder.trim()
        workspace.trim()
        times.mark(.store)
    }

    private mutating func store(in collector: Collector, input: Int, sourceBytes: inout Int) throws {
        try collector.add(samples, pixels, rejections, input: input, sourceBytes: sourceBytes)
        samples.removeAll(keepingCapacity: true)
        pixels.removeAll(keepingCapacity: true)
        rejections.removeAll(keepingCapacity: true)
        sourceBytes = 0
    }

    /// The entry's label and given split. A problem with the entry itself is reported before a missing label.
    private func label(of entry: Entry, _ input: Int) throws -> (Key, Split?) {
        if case .unusable(let reason) = entry.content { throw ImageError.unusable(reason) }
        var (label, split) = (entry.label, entry.split)
        if let labels { (label, split) = try labels.label(of: entry.key, input: input) }
        guard let label else { throw ImageError.unusable(PipelineError.noLabel) }
        return (try classNames?.name(of: label) ?? label, split)
    }

    /// Fills `image` with the entry's pixels; returns digest and size of the source.
    private mutating func decode(
        _ entry: Entry
    ) throws(ImageError) -> (StagedSample.SourceDigest, ImageSize) {
        workspace.operations = []
        switch entry.content {
        case .unusable(let reason):
            throw .unusable(reason)
        case .pixels(let shape, let file):
            image.reshape(shape)
            _ = batch.withBytes(of: entry) {
                image.mutableBytes.update(fromContentsOf: $0.bindMemory(to: UInt8.self))
            }
            return (.file(file), shape.size)
        case .encoded:
            let digest = batch.withBytes(of: entry) { Digest(of: $0) }
            times.mark(.digest)
            workspace.operations = try batch.withBytes(of: entry) { (bytes) throws(ImageError) in
                try decoder.decode(bytes, into: &image)
            }
            return (.member(digest), decoder.sourceSize)
        }
    }

    private mutating func transform(
        _ entry: Entry, _ label: Key, _ split: Split?, _ digest: StagedSample.SourceDigest,
        _ sourceSize: ImageSize,
        _ input: Int, _ collector: Collector
    ) throws(PipelineError) {
        var measures = ImageMeasures()
        if channels != .gray {
            measures = ImageMeasures(source: image, workspace: &workspace)
            times.mark(.measure)
        }
        for stage in stages {
            stage.apply(to: &image, workspace: &workspace)
            guard stage is Grayscale else { continue }
            times.mark(.transform)
            measures = ImageMeasures(source: image)
            times.mark(.measure)
        }
        if channels != .gray {
            RGB().apply(to: &image, workspace: &workspace)
            if !hasColour, image.hasColour {
                hasColour = true
                collector.noteColour()
            }
        }
        let shape = collector.shape(orSet: image.shape)
        guard image.shape == shape else {
            throw .changedSize(key: entry.key.text, found: image.shape.size, expected: shape.size)
        }
        times.mark(.transform)
        let start = pixels.count
        pixels.append(contentsOf: image.bytes)
        let pixelDigest = pixels.withUnsafeBytes {
            Digest(of: UnsafeRawBufferPointer(rebasing: $0[start...]))
        }
        let labelNumber = labelNumbers[label] ?? collector.number(ofLabel: label)
        labelNumbers[label] = labelNumber
        samples.append(
            StagedSample(
                key: entry.key, source: digest, sourceSize: sourceSize, pixels: ShortDigest(pixelDigest),
                labelNumber: labelNumber, input: input, operations: workspace.operations,
                givenSplit: split, measures: measures))
        times.mark(.digest)
    }
}
