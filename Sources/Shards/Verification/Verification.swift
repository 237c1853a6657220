// Checks a prepared dataset: its manifest, its invariants, and that no image leaks from one split into another.

internal import Dataset
internal import Parallel
internal import Storage

/// What `prep verify` found.
public struct Verification: Sendable {
    /// One check of the whole dataset.
    public struct Check: Sendable, Equatable {
        /// What was checked, as a statement that is true if `problems` is empty.
        public let statement: String
        /// Everything that was found to be wrong, one line each.
        public internal(set) var problems: [String]

        package init(_ statement: String, problems: [String] = []) {
            self.statement = statement
            self.problems = problems
        }
    }

    /// All checks that were made.
    public internal(set) var checks: [Check]

    /// The problems of all checks; empty for a valid dataset.
    public var problems: [String] { checks.flatMap(\.problems) }

    /// The verification of a dataset that cannot even be opened.
    package init(unreadable reason: String) {
        checks = [Check("the dataset can be read", problems: [reason])]
    }

    /// Adds a check made elsewhere, such as a comparison with the source.
    public mutating func add(_ check: Check) { checks.append(check) }

    /// Reads every byte of `dataset` with up to `workers` threads.
    ///
    /// Problems are collected, not thrown, so that one broken shard does not hide another.
    public init(of dataset: PreparedDataset, workers: Int) {
        let shards = dataset.manifest.shards
        let results = Lock<[Int: ShardCheck]>([:])
        forEachIndex(below: shards.count, workers: workers) { (_: Int, index: Int) in
            let result = ShardCheck(dataset, shards[index].split, shards[index].number)
            results.withLock { $0[index] = result }
        }
        let shardChecks = results.withLock { found in shards.indices.compactMap { found[$0] } }
        checks = [
            Check(
                "every shard is intact: size, SHA-256, frames, header, tensors",
                problems: shardChecks.flatMap(\.problems))
        ]
        var totals = DatasetCheck(dataset)
        for (shard, check) in zip(shards, shardChecks) { totals.add(check, shard.split) }
        checks += totals.finish()
    }
}

/// The contents of one shard, reduced to what the dataset-wide checks need.
struct ShardCheck: Sendable {
    var problems: [String] = []
    var ids: [UInt32] = []
    var labels: [UInt16] = []
    var copies: [UInt8] = []
    /// Digest of each row's pixels.
    var pixels: [Digest] = []
    var moments: PixelMoments
    var folds: [UInt8]?
    var foldMoments: FoldMoments

    init(_ dataset: PreparedDataset, _ split: Split, _ number: Int) {
        foldMoments = FoldMoments(
            folds: dataset.manifest.folds.count, channels: dataset.manifest.image.channels)
        moments = PixelMoments(channels: dataset.manifest.image.channels)
        do {
            try check(try ShardReader(dataset, split, number), "\(dataset.folder)/")
        } catch {
            problems.append("\(error)")
        }
    }

    /// Reads the shard once, a frame at a time.
    private mutating func check(_ reader: ShardReader, _ folder: String) throws {
        let record = reader.record
        let path = folder + record.name
        let rows = try reader.identities()
        let numbers = rows.copies ?? Array(repeating: 0, count: rows.ids.count)
        (folds, copies) = (rows.folds, numbers)
        var (file, content, buffer) = (DigestBuilder(), DigestBuilder(), DigestBuilder())
        try reader.forEachFrame { index, stored, bytes in
            if index == 0, !reader.hasCanonicalHeader(bytes) {
                throw ShardError.inconsistent(
                    file: path, reason: "its header is not written as FORMAT.md says")
            }
            stored.withUnsafeBytes { file.update($0) }
            bytes.withUnsafeBytes {
                content.update($0)
                // The first frame begins with the header, which has a fixed size.
                buffer.update(UnsafeRawBufferPointer(rebasing: $0[(index == 0 ? reader.header.size : 0)...]))
            }
            if (1...record.blockCount).contains(index) { summarise(bytes, reader.shape) }
        }
        guard file.finish() == record.sha256 else {
            throw ShardError.wrongDigest(file: path, what: "the file")
        }
        guard content.finish() == record.contentSHA256 else {
            throw ShardError.wrongDigest(file: path, what: "the uncompressed content")
        }
        guard buffer.finish() == reader.identity.bufferSHA256 else {
            throw ShardError.wrongDigest(file: path, what: "the data buffer")
        }
        // Last, so that a damaged shard has no rows.
        (ids, labels) = (rows.ids, rows.labels)
    }

    /// - Parameter images: those of one block
    private mutating func summarise(_ images: [UInt8], _ shape: ImageShape) {
        let area = shape.byteCount
        images.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: area) {
                let image = UnsafeRawBufferPointer(rebasing: bytes[start..<start + area])
                if let fold = folds?[pixels.count] {
                    foldMoments.add(image, fold: fold, isCopy: copies[pixels.count] > 0)
                }
                pixels.append(Digest(of: image))
            }
        }
        moments.add(PixelMoments(images, channels: shape.channels))
    }
}
