// What differs between two prepared datasets.

internal import Dataset
internal import Parallel
package import Shards
package import Storage

/// Differences between two datasets: their samples, by key, and how they were made.
package struct DatasetDiff: Sendable {
    /// What can differ in a sample that both have.
    package enum Aspect: String, Sendable, CaseIterable {
        case label, split, fold, source, pixels
    }

    /// A setting, and its values.
    package struct Setting: Sendable {
        package let name: String
        /// As JSON; `nil` where a dataset does not have it.
        package let values: (JSONValue?, JSONValue?)
    }

    /// Keys of the first alone and of the second alone, in order.
    package let onlyFirst, onlySecond: [String]
    /// Number of keys that both have.
    package let common: Int
    /// Common samples that differ, in key order: values of the first and the second; for pixels, their digests.
    package let differing: [Aspect: [(key: String, values: (String, String))]]
    /// Whether pixels were compared: not if the images have different sizes.
    package let comparesPixels: Bool
    /// Settings and counts that differ: of the configuration, classes, image size, samples, rejected entries, compression, in order of their names.
    package let settings: [Setting]
    /// Whether both have the same keys, and samples in which nothing differs.
    package var sameSamples: Bool {
        onlyFirst.isEmpty && onlySecond.isEmpty && differing.isEmpty && comparesPixels
    }
    /// Whether the root digests are equal: the same data in the same places.
    package let sameData: Bool

    /// Compares two datasets. Throws `ShardError` or `StorageError` if one cannot be read.
    package init(_ first: PreparedDataset, _ second: PreparedDataset, workers: Int) throws {
        let rows = (try first.provenance(), try second.provenance())
        let others = Dictionary(uniqueKeysWithValues: rows.1.enumerated().map { ($1.key, $0) })
        let keys = Set(rows.0.lazy.map(\.key))
        onlyFirst = rows.0.filter { others[$0.key] == nil }.map(\.key.text)
        onlySecond = rows.1.filter { !keys.contains($0.key) }.map(\.key.text)
        common = rows.0.count - onlyFirst.count
        sameData = first.manifest.digest == second.manifest.digest
        comparesPixels = first.manifest.image == second.manifest.image
        var differing: [Aspect: [(key: String, values: (String, String))]] = [:]
        let pixels =
            comparesPixels && !sameData
            ? (try Self.digests(first, workers), try Self.digests(second, workers)) : ([], [])
        for (id, row) in rows.0.enumerated() {
            guard let otherID = others[row.key] else { continue }
            let other = rows.1[otherID]
            func note(_ aspect: Aspect, _ a: String, _ b: String) {
                if !a.hasBytes(of: b) { differing[aspect, default: []].append((row.key.text, (a, b))) }
            }
            note(.label, row.label, other.label)
            note(.split, row.split.rawValue, other.split.rawValue)
            note(.fold, row.fold.map(String.init) ?? "none", other.fold.map(String.init) ?? "none")
            if row.source != other.source { note(.source, row.source.hex, other.source.hex) }
            guard !pixels.0.isEmpty, pixels.0[id] != pixels.1[otherID] else { continue }
            note(.pixels, pixels.0[id].hex, pixels.1[otherID].hex)
        }
        self.differing = differing
        settings = Self.settings(Self.described(first.manifest), Self.described(second.manifest), "")
    }

    /// The digest of each sample's pixels, by id.
    private static func digests(_ dataset: PreparedDataset, _ workers: Int) throws -> [Digest] {
        let digests = Lock([Digest](repeating: Digest(of: ""), count: dataset.manifest.samples))
        let area = dataset.manifest.image.byteCount
        try dataset.forEachBlockOfOriginals(of: nil, workers: workers) { originals, images in
            let found = originals.map { id, row in
                (id, Digest(of: Array(images[row * area..<(row + 1) * area])))
            }
            digests.withLock { digests in for (id, digest) in found { digests[id] = digest } }
        }
        return digests.withLock { $0 }
    }

    /// What a user chose or counts, apart from the samples themselves.
    private static func described(_ manifest: Manifest) -> JSONValue {
        guard case .object(var members) = manifest.configuration else { return .null }
        members["classes"] = .strings(manifest.classes.names)
        members["image"] = .string(manifest.image.description)
        members["samples"] = .integer(manifest.samples)
        members["rejected"] = .integer(manifest.rejected)
        members["compression"] = .string(manifest.compression.codec.rawValue)
        return .object(members)
    }

    private static func settings(_ a: JSONValue?, _ b: JSONValue?, _ path: String) -> [Setting] {
        if case .object(let first)? = a, case .object(let second)? = b {
            return Set(first.keys).union(second.keys).sorted().flatMap { key in
                settings(first[key], second[key], path.isEmpty ? key.text : "\(path).\(key.text)")
            }
        }
        return a == b ? [] : [Setting(name: path, values: (a, b))]
    }
}
