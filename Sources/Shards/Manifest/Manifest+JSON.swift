// Writes a manifest as the JSON of dataset.json.

package import Dataset
public import Storage

extension Manifest {
    private static let digestName: Key = "manifest_digest"

    /// The document in dataset.json, including `manifest_digest`.
    public var json: JSONValue {
        var members: [Key: JSONValue] = [
            "format": .string(Self.formatName), "version": .integer(Self.formatVersion),
            "name": .string(name), "digest": .string(digest.hex), "seed": .unsigned(seed),
            "classes": .strings(classes.names), "image": image.json, "samples": .integer(samples),
            "rejected": .integer(rejected),
            "duplicates": duplicates.json,
            "near_duplicates": .object([
                "levels": .number(nearDuplicates.levels), "pairs": .integer(nearDuplicates.pairs),
                "crossing": .integer(nearDuplicates.crossing), "largest": .integer(nearDuplicates.largest),
                "diameter": .number(nearDuplicates.diameter),
            ]),
            "units": .integer(units), "mean": .channels(mean), "std": .channels(std),
            "compression": .object([
                "codec": .string(compression.codec.rawValue), "level": .integer(compression.level),
            ]),
            "configuration": configuration, "provenance": provenance.json, "rejections": rejections.json,
            "finding_table": findingTable.json,
            "findings": .array(findings.map(\.json)),
        ]
        let splits = Split.allCases.map { (Key(utf8: $0.rawValue), json(of: self[$0])) }
        if partedUnits > 0 { members["parted_units"] = .integer(partedUnits) }
        members["folds"] = Self.json(folds)
        members["splits"] = .object(Dictionary(uniqueKeysWithValues: splits))
        members[Self.digestName] = .string(Self.manifestDigest(members).hex)
        return .object(members)
    }

    static func json(_ folds: [Fold]) -> JSONValue {
        .array(
            folds.map {
                .object([
                    "samples": .integer($0.samples), "mean": .channels($0.mean), "std": .channels($0.std),
                ])
            })
    }

    /// The SHA-256 of the canonical JSON of the document without this digest. It also protects the values that the
    /// root digest does not cover.
    static func manifestDigest(_ members: [Key: JSONValue]) -> Digest {
        Digest(of: JSONValue.object(members.filter { $0.key != digestName }).canonicalText)
    }

    private func json(of split: SplitContents) -> JSONValue {
        let counts = zip(classes.names, split.classes).map { (Key(utf8: $0), JSONValue.integer($1)) }
        return .object([
            "samples": .integer(split.samples), "copies": .integer(split.copies),
            "classes": .object(Dictionary(uniqueKeysWithValues: counts)),
            "shards": .array(split.shards.map(\.json)),
        ])
    }
}

extension Manifest.Duplicates {
    fileprivate var json: JSONValue {
        var members: [Key: JSONValue] = ["groups": .integer(groups), "samples": .integer(samples)]
        if crossing > 0 { members["crossing"] = .integer(crossing) }
        return .object(members)
    }
}

extension Manifest.SideFile {
    fileprivate var json: JSONValue {
        .object([
            "name": .string(name), "bytes": .integer(bytes), "sha256": .string(sha256.hex),
            "content_bytes": .integer(contentBytes), "content_sha256": .string(contentSHA256.hex),
            "rows": .integer(rows),
        ])
    }
}

extension JSONValue {
    /// A value of each channel: a number for gray, a list for colour.
    static func channels(_ values: [Double]) -> JSONValue {
        if values.count == 1 { .number(values[0]) } else { .array(values.map { .number($0) }) }
    }
}

extension ImageShape {
    /// `{"height": …, "width": …}`, and `"channels": 3` unless images are gray.
    package var json: JSONValue {
        var members: [Key: JSONValue] = ["height": .integer(size.height), "width": .integer(size.width)]
        if channels != 1 { members["channels"] = .integer(channels) }
        return .object(members)
    }
}
