// What `prep inspect --json` prints.

package import Shards
package import Storage

extension Manifest {
    /// The manifest without its frame offsets, which only readers of shards need.
    package var summaryJSON: JSONValue {
        guard case .object(var members) = json else { return .null }
        if case .object(let splits)? = members["splits"] {
            members["splits"] = .object(splits.mapValues(Self.withoutFrames))
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
