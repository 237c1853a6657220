// The metadata of a shard file, which say which shard of which split it is.

package import Dataset
internal import Storage

/// The metadata of a shard, under the key `prep`.
package struct ShardIdentity: Sendable, Equatable {
    static let formatName = "prep-shard"
    /// The one key of `__metadata__`.
    static let metadataKey: Key = "prep"

    package let split: Split
    /// Its number, and the number of shards of the split.
    package let shard: Int
    package let shards: Int
    package let classes: ClassNames
    /// Digest of the data buffer.
    package private(set) var bufferSHA256: Digest

    /// The identity of a shard whose data buffer has no digest yet; `with(bufferSHA256:)` adds it.
    package init(split: Split, shard: Int, shards: Int, classes: ClassNames) {
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
