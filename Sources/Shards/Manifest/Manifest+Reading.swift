// Reads dataset.json and checks every value in it: later code trusts them, for example to allocate memory.

package import Dataset
package import Storage

extension Manifest {
    /// Upper bounds for the values in a manifest. They are far above real datasets, and low enough that no sum of
    /// sizes overflows and no single value makes a reader allocate more than a block or a shard's ids.
    package enum Limit {
        /// Bytes of dataset.json itself.
        static let document = 256 << 20
        /// Bytes of any file or content.
        static let bytes = 1 << 50
        static let samples = Int(UInt32.max)
        package static let folds = 100
        /// A sample can be in a few findings, and in one of them with several others.
        static func findingRows(_ samples: Int) -> Int { samples * 32 }
        static let shardRows = 1 << 24
        static let imageSide = 1 << 16
        static let imageArea = 1 << 24
        /// Bytes of a row of a side file: a quoted key of 64 KiB and the other columns.
        static let rowBytes = 140_000
        /// Bytes that a small side file may unpack to, and the same per byte for larger ones. Rows have digests and
        /// names, which hardly shrink.
        static let sideFile = 64 << 20
        static let sideFilePerByte = 256
    }

    /// The most bytes of content of a side file with `rows` rows and `bytes` bytes as stored.
    static func sideFileLimit(rows: Int, bytes: Int) -> Int {
        min(Limit.rowBytes * (rows + 1), max(Limit.sideFile, bytes * Limit.sideFilePerByte))
    }

    /// The largest number of rows in a shard with `bytes` bytes of images.
    package static func rowsPerShard(bytes: Int, image: ImageShape) -> Int {
        min(max(bytes / image.byteCount, 1), Limit.shardRows)
    }

    /// Reads and checks a manifest.
    ///
    /// - Throws: `StorageError` if the file cannot be read, `ShardError` with the first rule that it breaks
    public init(contentsOf path: String) throws {
        let bytes = try ReadableFile.contents(of: path, limit: Limit.document)
        let document: JSONValue
        let (format, version): (String, Int)
        do throws(JSONProblem) {
            document = try JSONValue(parsing: bytes)
            var root = try JSONObject(document)
            (format, version) = (try root.text("format"), try root.integer("version", in: 0...Int.max))
        } catch {
            throw ShardError.malformedManifest(path: path, reason: error.reason)
        }
        // Checked first, because other versions have other fields.
        guard format == Self.formatName, version == Self.formatVersion else {
            throw ShardError.unsupportedVersion(path: path, found: "\(format.excerpt) \(version)")
        }
        do throws(JSONProblem) {
            try self.init(document)
        } catch {
            throw ShardError.malformedManifest(path: path, reason: error.reason)
        }
    }

    /// The manifest of a dataset whose draft was written before its shards.
    ///
    /// - Parameters:
    ///   - path: of the draft, a manifest without shards
    ///   - moments: of all pixels in train
    ///   - shards: per split, in their order
    /// - Throws: `StorageError` or `ShardError`
    package init(
        draft path: String, moments: PixelMoments, folds: FoldMoments, shards: [Split: [ShardRecord]]
    ) throws {
        do {
            let draft = try JSONValue(parsing: try ReadableFile.contents(of: path, limit: Limit.document))
            guard case .object(var members) = draft, case .object(var splits)? = members["splits"] else {
                throw JSONProblem("it is not an object with splits")
            }
            for (key, split) in splits {
                guard case .object(var contents) = split else { continue }
                let records = Split(rawValue: key.text).flatMap { shards[$0] } ?? []
                contents["shards"] = .array(records.map(\.json))
                splits[key] = .object(contents)
            }
            members["splits"] = .object(splits)
            (members["mean"], members["std"]) = (
                .channels(moments.mean), .channels(moments.standardDeviation)
            )
            members["folds"] = Self.json(folds.folds)
            try self.init(.object(members), isDraft: true)
        } catch let problem as JSONProblem {
            throw ShardError.malformedManifest(path: path, reason: problem.reason)
        }
    }

    /// - Parameter isDraft: whether its digests are those of a document that has changed
    private init(_ document: JSONValue, isDraft: Bool = false) throws(JSONProblem) {
        var root = try JSONObject(document)
        if isDraft {
            _ = root.takeIfPresent("manifest_digest")
        } else {
            try Self.requireDigest(of: document, try root.digest("manifest_digest"))
        }
        _ = (try root.take("format"), try root.take("version"))
        let digest = try root.digest("digest")
        let classNames = try root.texts("classes")
        guard let classes = ClassNames(ordered: classNames) else {
            throw root.problem("classes", "a list of 1 to \(ClassNames.limit) different names")
        }
        let image = try root.shape("image")
        let compression = try root.compression()
        let samples = try root.integer("samples", in: 1...Limit.samples)
        let rejected = try root.integer("rejected", in: 0...Limit.samples)
        let duplicates = try root.duplicates(samples)
        let units = try root.integer("units", in: 0...samples / 2)
        let parted = try root.has("parted_units") ? root.integer("parted_units", in: 1...Limit.samples) : 0
        guard parted <= units else { throw root.problem("parted_units", "at most \(units)") }
        let nearDuplicates = try root.nearDuplicates(samples)
        let configuration = try root.take("configuration")
        guard case .object = configuration else { throw root.problem("configuration", "an object") }
        self.init(
            name: try root.text("name", "letters, digits, dash, underscore and dot") { validDatasetName($0) },
            seed: try root.unsigned("seed"), classes: classes, image: image, samples: samples,
            rejected: rejected, duplicates: duplicates,
            nearDuplicates: nearDuplicates, units: units, partedUnits: parted,
            folds: try root.list(
                "folds",
                of: { (fold) throws(JSONProblem) in
                    .init(
                        samples: try fold.integer("samples", in: 0...samples),
                        mean: try fold.channels("mean", image), std: try fold.channels("std", image))
                }),
            splits: try root.splits(samples, classes, image, compression),
            mean: try root.channels("mean", image), std: try root.channels("std", image),
            compression: compression, configuration: configuration,
            provenance: try root.sideFile("provenance", Provenance.fileName, rows: samples...samples),
            rejections: try root.sideFile("rejections", Rejections.fileName, rows: rejected...rejected),
            findingTable: try root.sideFile(
                "finding_table", FindingTable.fileName, rows: 0...Limit.findingRows(samples)),
            findings: try root.list("findings") { (finding) throws(JSONProblem) in
                try Finding(&finding, samples: samples, classes: classes)
            })
        try root.finish()
        try requireConsistency(root)
        guard isDraft || digest == self.digest else {
            throw JSONProblem("its root digest does not match its contents; copy or prepare it again")
        }
    }

    private static func requireDigest(of document: JSONValue, _ digest: Digest) throws(JSONProblem) {
        guard case .object(let members) = document, manifestDigest(members) == digest else {
            throw JSONProblem("its contents do not match its “manifest_digest”; copy or prepare it again")
        }
    }

    /// - Throws: a problem of `root`, from which the properties were read, if they contradict each other
    private func requireConsistency(_ root: JSONObject) throws(JSONProblem) {
        let foldable = samples - self[.test].samples
        guard folds.isEmpty || folds.reduce(0, { $0 + $1.samples }) == foldable else {
            throw root.problem("folds", "folds of all \(foldable) samples of train and validation")
        }
        guard folds.count != 1, folds.count <= Limit.folds else {
            throw root.problem("folds", "none, or 2 to \(Limit.folds)")
        }
        // Each size is within the limit; a sum of very many might overflow.
        let bytes = files.reduce(0) { min($0, Limit.bytes) + $1.bytes }
        guard bytes <= Limit.bytes else {
            throw root.problem("splits", "shards of \(Limit.bytes) bytes in all at most")
        }
        guard Set(findings.map(\.name)).count == findings.count else {
            throw root.problem("findings", "a list without duplicate names")
        }
    }
}

/// `text` if it is a valid dataset name, which can also name a folder; else `nil`.
package func validDatasetName(_ text: String) -> String? {
    let isFine = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }
    return isFine && (1...200).contains(text.utf8.count) && !text.hasPrefix(".") ? text : nil
}
