// The names of several inputs: what tells equal keys of different inputs apart.

internal import Dataset
internal import Foundation

/// Archives, folders or IDX sets that are prepared together, by their paths.
struct InputNames {
    /// Per input: the end of its path that no other has, such as `part-1.zip`, or `2024/photos` beside `2025/photos`.
    let names: [Key]
    /// Per input: the folder that its entries are thought to lie in. All inputs named after splits, such as `train.zip`
    /// and `test.zip`, are what folders of these names would be; `nil` for others.
    let folders: [Key]?

    /// - Throws: ``PipelineError/repeatedInput(_:)`` if two paths lead to one place
    init(_ paths: [String]) throws(PipelineError) {
        let parts = paths.map { path in
            URL(fileURLWithPath: path).resolvingSymlinksInPath().path.utf8.split(separator: UInt8(ascii: "/"))
                .map {
                    Key(bytes: $0)
                }
        }
        var seen: Set<[Key]> = []
        for (path, parts) in zip(paths, parts) where !seen.insert(parts).inserted {
            throw .repeatedInput(path)
        }
        // The shortest ends that are all different, each no longer than it must be.
        var lengths = Array(repeating: 1, count: paths.count)
        func name(_ input: Int) -> Key {
            Key(
                bytes: parts[input].suffix(lengths[input]).map(\.bytes).joined(separator: [UInt8(ascii: "/")])
            )
        }
        while true {
            let alike = Dictionary(grouping: paths.indices, by: name).values.filter { $0.count > 1 }.joined()
            let growing = alike.filter { lengths[$0] < parts[$0].count }
            if growing.isEmpty { break }
            for input in growing { lengths[input] += 1 }
        }
        self.init(names: paths.indices.map(name))
    }

    /// Inputs whose names are known.
    init(names: [Key]) {
        self.names = names
        let stems = names.map { name in
            Self.stem(Key(bytes: name.bytes.split(separator: UInt8(ascii: "/")).last ?? []))
        }
        folders = names.count > 1 && stems.allSatisfy { SplitFolders.split(named: $0) != nil } ? stems : nil
    }

    /// A file name without the endings of archives.
    private static func stem(_ name: Key) -> Key {
        var parts = name.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        while parts.count > 1, let last = parts.last,
            endings.contains(String(decoding: last, as: UTF8.self).lowercased())
        {
            parts.removeLast()
        }
        return Key(bytes: parts.joined(separator: [UInt8(ascii: ".")]))
    }

    private static let endings: Set<String> = [
        "zip", "tar", "gz", "tgz", "bz2", "tbz2", "xz", "txz", "zst", "lz4", "lz", "lzma", "7z", "rar",
        "cpio", "cab",
        "iso",
    ]
}

extension Key {
    /// The key of an entry in a folder.
    func inside(_ folder: Key) -> Key { Key(bytes: folder.bytes + [UInt8(ascii: "/")] + bytes) }
}
