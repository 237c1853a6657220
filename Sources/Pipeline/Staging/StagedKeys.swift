// The keys of staged samples: unique, and the same however a dataset was packed and its inputs were ordered.

internal import Dataset
internal import Shards

/// Staged samples and rejections while their keys are made.
struct StagedKeys {
    /// In the order of keys.
    var samples: [StagedSample]
    private(set) var rejections: [StagedRejection]
    private let inputs: InputNames

    /// - Parameter samples: in any order; given up by the caller, because a copy of millions takes time
    init(_ samples: consuming [StagedSample], _ rejections: [StagedRejection], _ inputs: InputNames) {
        self.samples = samples
        self.rejections = rejections
        self.inputs = inputs
        if let folders = inputs.folders {
            for index in self.samples.indices {
                let folder = folders[Int(self.samples[index].input)]
                self.samples[index].key = self.samples[index].key.inside(folder)
            }
            for index in rejections.indices {
                let folder = folders[rejections[index].input]
                self.rejections[index].rejection.key = rejections[index].rejection.key.inside(folder)
            }
        }
        sort()
    }

    private mutating func sort() {
        samples.sort(by: StagedSample.precedes)
    }

    /// Removes folders that all samples share, so that a dataset is the same however it was packed.
    /// The label folder always stays.
    mutating func stripWrappingFolders() {
        guard let first = samples.first, let last = samples.last else { return }
        // In a sorted list, folders shared by the first and the last path are shared by all.
        let slash = UInt8(ascii: "/")
        let (a, b) = (first.key.bytes.split(separator: slash), last.key.bytes.split(separator: slash))
        var shared = 0
        while shared < min(a.count, b.count), a[shared] == b[shared] { shared += 1 }
        let shallowest = samples.map { $0.key.bytes.count { $0 == slash } }.min() ?? 0
        let prefix = a.prefix(max(min(shared, shallowest - 1), 0)).flatMap { $0 + [slash] }
        guard !prefix.isEmpty else { return }
        func strip(_ key: Key) -> Key {
            key.bytes.starts(with: prefix) ? Key(bytes: key.bytes.dropFirst(prefix.count)) : key
        }
        for index in samples.indices { samples[index].key = strip(samples[index].key) }
        for index in rejections.indices {
            rejections[index].rejection.key = strip(rejections[index].rejection.key)
        }
    }

    /// Puts the name of its input before each key of inputs that have a key in common, and returns these names.
    ///
    /// - Parameter others: rejections that are not among `rejections` yet
    mutating func separate(_ others: inout [StagedRejection]) -> [Key] {
        guard inputs.names.count > 1 else { return [] }
        var colliding: Set<Int> = []
        for (a, b) in zip(samples, samples.dropFirst()) where a.input != b.input && a.key == b.key {
            colliding.formUnion([Int(a.input), Int(b.input)])
        }
        guard !colliding.isEmpty else { return [] }
        for index in samples.indices where colliding.contains(Int(samples[index].input)) {
            samples[index].key = samples[index].key.inside(inputs.names[Int(samples[index].input)])
        }
        func rename(_ rejections: inout [StagedRejection]) {
            for index in rejections.indices where colliding.contains(rejections[index].input) {
                rejections[index].rejection.key = rejections[index].rejection.key.inside(
                    inputs.names[rejections[index].input])
            }
        }
        rename(&rejections)
        rename(&others)
        sort()
        return colliding.map { inputs.names[$0] }.sorted()
    }

    /// Keeps one sample per key, because archives may hold two members with the same name.
    mutating func dropRepeated() {
        var last: Key?
        samples.removeAll { sample in
            defer { last = sample.key }
            guard sample.key == last else { return false }
            let rejection = Rejection(key: sample.key, reason: "another entry has the same name")
            rejections.append(StagedRejection(rejection: rejection, input: Int(sample.input)))
            return true
        }
    }
}
