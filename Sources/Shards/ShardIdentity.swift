// Which shard of which split a file is, as its own metadata say.

public import Dataset

/// The metadata of a shard, under the key `prep`.
public struct ShardIdentity: Sendable, Equatable {
    static let formatName = "prep-shard"
    /// The one key of `__metadata__`.
    static let metadataKey: Key = "prep"

    public let split: Split
    /// Its number, and how many the split has.
    public let shard: Int
    public let shards: Int
    public let classes: ClassNames
    /// Digest of the data buffer.
    public private(set) var bufferSHA256: Digest

    /// The digest of the data buffer is filled in when it is known.
    public init(split: Split, shard: Int, shards: Int, classes: ClassNames) {
        self.split = split
        self.shard = shard
        self.shards = shards
        self.classes = classes
        bufferSHA256 = Digest(of: "")
    }

    func with(bufferSHA256 digest: Digest) -> ShardIdentity {
        var identity = self
        identity.bufferSHA256 = digest
        return identity
    }

    var json: JSONValue {
        .object([
            "format": .string(Self.formatName), "version": .integer(Manifest.formatVersion),
            "split": .string(split.rawValue), "shard": .integer(shard), "shards": .integer(shards),
            "classes": .strings(classes.names), "buffer_sha256": .string(bufferSHA256.hex),
        ])
    }

    init(_ json: JSONValue) throws(JSONProblem) {
        var object = try JSONObject(json)
        let version = Manifest.formatVersion
        _ = try object.text("format", "“\(Self.formatName)”") { $0 == Self.formatName ? $0 : nil }
        _ = try object.integer("version", in: version...version)
        split = try object.text("split", "train, validation or test", Split.init(rawValue:))
        shard = try object.integer("shard", in: 0...Int.max)
        shards = try object.integer("shards", in: 1...Int.max)
        guard let classes = ClassNames(ordered: try object.texts("classes")) else {
            throw object.problem("classes", "a list of different names")
        }
        self.classes = classes
        bufferSHA256 = try object.digest("buffer_sha256")
        try object.finish()
    }
}
