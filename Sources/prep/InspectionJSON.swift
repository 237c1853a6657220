// The machine-readable form of what `inspect` prints.

internal import Shards

enum InspectionJSON {
    /// The manifest without its frame offsets, which are of no interest to a reader of numbers.
    static func value(_ manifest: Manifest) -> JSONValue {
        guard case .object(var members) = manifest.json else { return .null }
        if case .object(let splits)? = members["splits"] {
            members["splits"] = .object(splits.mapValues(withoutFrames))
        }
        return .object(members)
    }

    private static func withoutFrames(_ split: JSONValue) -> JSONValue {
        guard case .object(var contents) = split, case .array(let shards)? = contents["shards"] else {
            return split
        }
        contents["shards"] = .array(
            shards.map { shard in
                guard case .object(var record) = shard else { return shard }
                record["frames"] = nil
                return .object(record)
            })
        return .object(contents)
    }
}
