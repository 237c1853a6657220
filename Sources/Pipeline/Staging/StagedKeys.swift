// The keys of staged samples: the same however a dataset was packed and its inputs were ordered.

internal import Dataset
internal import Shards

/// Makes keys from the names that entries have in their inputs.
struct StagedKeys: Sendable {
    private let inputs: InputNames
    /// Per input: how many bytes its names lose in front, and what they get instead.
    private var heads: [(lost: Int, new: [UInt8])]
    /// Inputs that have keys in common with others. Their names, and a slash, come before their keys.
    private(set) var colliding: Set<Int> = []
    /// Folders that all samples share, with the slash after them.
    private var sharedPrefix: [UInt8] = []

    private static let slash = UInt8(ascii: "/")

    /// Keys without folders that all samples share. The label folder always stays.
    init(_ rows: any StagedRows, _ inputs: InputNames) throws(PipelineError) {
        self.inputs = inputs
        heads = inputs.names.indices.map { input in
            (0, inputs.folders.map { $0[input].bytes + [Self.slash] } ?? [])
        }
        let prefix = try sharedFolders(rows)
        for input in heads.indices { drop(prefix.count, input) }
        sharedPrefix = prefix
    }

    /// The key of an entry of an input, from its name there.
    func key(_ name: Key, _ input: Int) -> Key {
        let key = keyInInput(name, input)
        return colliding.contains(input) ? key.inside(inputs.names[input]) : key
    }

    /// Its key without the name of the input.
    func keyInInput(_ name: Key, _ input: Int) -> Key {
        let (lost, new) = heads[input]
        return lost == 0 && new.isEmpty ? name : Key(bytes: new + name.bytes.dropFirst(lost))
    }

    /// A rejected entry need not lie in the folders that all samples share.
    func rejection(_ staged: StagedRejection) -> Rejection {
        var key = staged.rejection.key
        if let folders = inputs.folders { key = key.inside(folders[staged.input]) }
        if key.bytes.starts(with: sharedPrefix) { key = Key(bytes: key.bytes.dropFirst(sharedPrefix.count)) }
        if colliding.contains(staged.input) { key = key.inside(inputs.names[staged.input]) }
        return Rejection(key: key, reason: staged.rejection.reason)
    }

    /// Puts the names of inputs before their keys, and returns these names.
    mutating func separate(_ inputs: Set<Int>) -> [Key] {
        colliding = inputs
        return inputs.map { self.inputs.names[$0] }.sorted()
    }

    // MARK: Shared folders

    private func sharedFolders(_ rows: any StagedRows) throws(PipelineError) -> [UInt8] {
        // Runs are sorted, so folders that all keys share are those that the first and last ones share.
        var ends: [Key] = []
        for run in rows.runs {
            for row in [run.rows.lowerBound, run.rows.upperBound - 1] {
                for sample in try rows.read(row..<row + 1) { ends.append(keyInInput(sample.key, run.input)) }
            }
        }
        guard let first = ends.min(), let last = ends.max() else { return [] }
        let (a, b) = (first.bytes.split(separator: Self.slash), last.bytes.split(separator: Self.slash))
        var shared = 0
        while shared < min(a.count, b.count), a[shared] == b[shared] { shared += 1 }
        guard shared > 0 else { return [] }
        var shallowest = Int.max
        try rows.forEach { sample in
            let key = keyInInput(sample.key, Int(sample.input))
            shallowest = min(shallowest, key.bytes.count { $0 == Self.slash })
        }
        return a.prefix(max(min(shared, shallowest - 1), 0)).flatMap { $0 + [Self.slash] }
    }

    private mutating func drop(_ count: Int, _ input: Int) {
        let (lost, new) = heads[input]
        heads[input] = (lost + max(count - new.count, 0), Array(new.dropFirst(count)))
    }
}
