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
        static let imageArea = 1 << 27
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
        } else if case .object(let members) = document {
            guard try root.digest("manifest_digest") == Self.manifestDigest(members) else {
                throw JSONProblem(
                    "its contents do not match its “manifest_digest”; copy or prepare it again")
            }
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
        var duplicates = try root.object("duplicates")
        let groups = try duplicates.integer("groups", in: 0...samples / 2)
        let duplicated = try duplicates.integer("samples", in: groups * 2...samples)
        let crossing =
            try duplicates.has("crossing") ? duplicates.integer("crossing", in: 1...Limit.samples) : 0
        try duplicates.finish()
        guard crossing <= groups else { throw duplicates.problem("crossing", "at most \(groups)") }
        let units = try root.integer("units", in: 0...samples / 2)
        let parted = try root.has("parted_units") ? root.integer("parted_units", in: 1...Limit.samples) : 0
        guard parted <= units else { throw root.problem("parted_units", "at most \(units)") }
        let nearDuplicates = try root.nearDuplicates(samples)
        let configuration = try root.take("configuration")
        guard case .object = configuration else { throw root.problem("configuration", "an object") }
        self.init(
            name: try root.text("name", "letters, digits, dash, underscore and dot") { validDatasetName($0) },
            seed: try root.unsigned("seed"), classes: classes, image: image, samples: samples,
            rejected: rejected, duplicates: .init(groups: groups, samples: duplicated, crossing: crossing),
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
        let foldable = samples - self[.test].samples
        guard folds.isEmpty || folds.reduce(0, { $0 + $1.samples }) == foldable else {
            throw root.problem("folds", "folds of all \(foldable) samples of train and validation")
        }
        guard folds.count != 1, folds.count <= Limit.folds else {
            throw root.problem("folds", "none, or 2 to \(Limit.folds)")
        }
        guard Set(findings.map(\.name)).count == findings.count else {
            throw root.problem("findings", "a list without duplicate names")
        }
        guard isDraft || digest == self.digest else {
            throw JSONProblem("its root digest does not match its contents; copy or prepare it again")
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

extension JSONObject {
    fileprivate mutating func nearDuplicates(
        _ samples: Int
    ) throws(JSONProblem) -> Manifest.NearDuplicates {
        var object = try object("near_duplicates")
        let pairs = try object.integer("pairs", in: 0...Int(UInt32.max))
        let result = Manifest.NearDuplicates(
            levels: try object.number("levels", in: 0...255), pairs: pairs,
            crossing: try object.integer("crossing", in: 0...pairs),
            largest: try object.integer("largest", in: 0...samples),
            diameter: try object.number("diameter", in: 0...255))
        try object.finish()
        return result
    }

    /// Width, height and channels of images.
    package mutating func shape(_ name: String) throws(JSONProblem) -> ImageShape {
        var object = try object(name)
        let channels = try object.has("channels") ? object.integer("channels", in: 3...3) : 1
        let side = 1...Manifest.Limit.imageSide
        let size = ImageSize(
            width: try object.integer("width", in: side), height: try object.integer("height", in: side))
        try object.finish()
        guard size.area <= Manifest.Limit.imageArea else {
            throw problem(name, "a size of at most \(Manifest.Limit.imageArea) pixels")
        }
        return ImageShape(size: size, channels: channels)
    }

    /// A value in 0...1 for each channel.
    fileprivate mutating func channels(_ name: String, _ image: ImageShape) throws(JSONProblem) -> [Double] {
        if image.channels == 1 { return [try number(name, in: 0...1)] }
        let values = try list(name).map(\.double)
        guard values.count == image.channels, values.allSatisfy({ $0.map((0...1).contains) ?? false }) else {
            throw problem(name, "a list of \(image.channels) numbers from 0 to 1")
        }
        return values.compactMap { $0 }
    }

    fileprivate mutating func compression() throws(JSONProblem) -> Manifest.Compression {
        var object = try object("compression")
        let codec = try object.text("codec", "zstd or none", Manifest.Compression.Codec.init(rawValue:))
        let level = try object.integer("level", in: codec == .none ? 0...0 : 1...22)
        try object.finish()
        return .init(codec: codec, level: level)
    }

    fileprivate mutating func sideFile(
        _ name: String, _ fileName: String, rows: ClosedRange<Int>
    ) throws(JSONProblem) -> Manifest.SideFile {
        var object = try object(name)
        let bytes = try object.integer("bytes", in: 1...Manifest.Limit.bytes)
        let contentLimit = Manifest.sideFileLimit(rows: rows.upperBound, bytes: bytes)
        let file = Manifest.SideFile(
            name: try object.text("name", "“\(fileName)”") { $0 == fileName ? $0 : nil }, bytes: bytes,
            sha256: try object.digest("sha256"),
            contentBytes: try object.integer("content_bytes", in: 1...contentLimit),
            contentSHA256: try object.digest("content_sha256"),
            rows: try object.integer("rows", in: rows))
        try object.finish()
        return file
    }

    fileprivate mutating func splits(
        _ samples: Int, _ classes: ClassNames, _ image: ImageShape, _ compression: Manifest.Compression
    ) throws(JSONProblem) -> [Split: Manifest.SplitContents] {
        var object = try object("splits")
        var splits: [Split: Manifest.SplitContents] = [:]
        for split in Split.allCases {
            var contents = try object.object(split.rawValue)
            splits[split] = try contents.split(split, samples, classes, image, compression)
            try contents.finish()
        }
        try object.finish()
        let total = splits.values.reduce(0) { $0 + $1.samples }
        guard total == samples else {
            throw JSONProblem("its splits hold \(total) samples, not the \(samples) of “\(place("samples"))”")
        }
        return splits
    }

    private mutating func split(
        _ split: Split, _ samples: Int, _ classes: ClassNames, _ image: ImageShape,
        _ compression: Manifest.Compression
    ) throws(JSONProblem) -> Manifest.SplitContents {
        let own = try integer("samples", in: 0...samples)
        let copies = try integer("copies", in: 0...(split == .train ? own * 255 : 0))
        var counts = try object("classes")
        var perClass: [Int] = []
        for name in classes.names { perClass.append(try counts.integer(name, in: 0...own)) }
        try counts.finish()
        guard perClass.reduce(0, +) == own else {
            throw problem("classes", "a count per class that adds up to \(own)")
        }
        let values = try list("shards")
        var shards: [ShardRecord] = []
        for (number, value) in values.enumerated() {
            var record = try JSONObject(value, at: place("shards[\(number)]"))
            let name = ShardRecord.fileName(split: split, number: number, of: values.count, compression.codec)
            shards.append(
                try ShardRecord(&record, name: name, image: image, isCompressed: compression.codec == .zstd))
            try record.finish()
        }
        let rows = shards.reduce(0) { $0 + $1.samples }
        guard rows == own + copies else {
            throw JSONProblem("“\(place("shards"))” hold \(rows) rows, not \(own + copies)")
        }
        return .init(samples: own, copies: copies, classes: perClass, shards: shards)
    }
}
