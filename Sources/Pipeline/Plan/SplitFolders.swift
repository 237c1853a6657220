// Top folders whose names say which split they hold: train, val, test.

internal import Dataset

/// The top folders of a source.
struct TopFolders {
    /// Those that hold images themselves, and how many.
    private(set) var direct: [Key: Int] = [:]
    /// Those that have folders below them.
    private(set) var below: Set<Key> = []

    /// - Parameter key: without folders that all samples share
    mutating func add(_ key: Key) {
        let parts = key.bytes.split(separator: UInt8(ascii: "/"), maxSplits: 2)
        guard parts.count > 1 else { return }
        let top = Key(bytes: parts[0])
        if parts.count == 2 { direct[top, default: 0] += 1 } else { below.insert(top) }
    }
}

/// The split folders of a source, and folders whose images have no label.
struct SplitFolders {
    /// Top folders that are named as splits and have class folders, in order of their names.
    private(set) var folders: [(name: Key, split: Split)] = []
    /// Top folders that hold images themselves where class folders were expected, and how many; in order of their names.
    private(set) var unlabelled: [(name: Key, count: Int)] = []
    private var splits: [Key: Split] = [:]
    /// Whether there are two splits at least.
    private var divides = false
    /// Whether the folders divide the source: train has class folders, and there are others.
    var areSplits: Bool { !splits.isEmpty }

    /// In lower case.
    private static let names: [String: Split] = [
        "train": .train, "training": .train,
        "val": .validation, "valid": .validation, "validation": .validation, "dev": .validation,
        "test": .test, "testing": .test, "eval": .test,
    ]

    /// The split that a folder of this name stands for.
    static func split(named name: Key) -> Split? { names[name.text.lowercased()] }

    /// Folders are splits where one is named after train and has folders below it, and another is named after validation
    /// or test. Images that lie directly in a split folder have no label. Beside class folders, that goes for a folder named
    /// after test, while “train” may well be a class.
    ///
    /// - Parameter areLabelled: whether a table has the labels, so that images may lie directly in split folders
    init(_ tops: TopFolders, areLabelled: Bool = false) {
        let (direct, below) = (tops.direct, tops.below)
        let named = below.union(direct.keys).sorted().compactMap { name in
            Self.split(named: name).map { (name: name, split: $0) }
        }
        folders = named.filter { areLabelled || below.contains($0.name) }
        let classes = below.union(direct.keys).count - named.count
        if folders.contains(where: { $0.split == .train }),
            named.contains(where: { $0.split != .train })
        {
            splits = Dictionary(uniqueKeysWithValues: folders.map { ($0.name, $0.split) })
            if !areLabelled {
                unlabelled = named.compactMap { folder in direct[folder.name].map { (folder.name, $0) } }
            }
            divides = Set(splits.values).count > 1
        } else if classes != 1, !areLabelled {
            unlabelled = named.compactMap { folder in
                direct[folder.name].flatMap {
                    classes == 0 || folder.split == .test ? (folder.name, $0) : nil
                }
            }
        }
    }

    /// The split that a sample's folder gives it; `nil` for one that is to be divided. Without a folder for validation, that
    /// is divided from train, since training chooses by it; nothing is taken from train for a missing test split.
    func split(of key: Key) -> Split? {
        guard divides else { return nil }
        let split = splits[top(key)] ?? .train
        return split == .train && !splits.values.contains(.validation) ? nil : split
    }

    /// Why a sample has no label; `nil` if it has one.
    func problem(of key: Key) -> String? {
        guard !unlabelled.isEmpty, key.bytes.count(where: { $0 == UInt8(ascii: "/") }) == 1 else {
            return nil
        }
        let top = top(key)
        return unlabelled.contains { $0.name == top }
            ? "has no label: it lies in \(top)/, not in a class folder" : nil
    }

    private func top(_ key: Key) -> Key { Key(bytes: key.bytes.prefix { $0 != UInt8(ascii: "/") }) }
}
