// Step two: split, order, shard and slot of every sample. Cheap, printable, and made without pixels.

internal import Dataset

/// One row of a shard: a sample, or an augmented copy of it.
struct PlannedRow: Sendable, Equatable {
    var id: UInt32
    /// 0 for the original.
    var copy: UInt8
}

/// One shard to be written.
struct PlannedShard: Sendable, Equatable {
    var split: Split
    var number: Int
    /// Shards of this split.
    var count: Int
    var rows: [PlannedRow]
}

/// Where every sample goes.
struct Plan: Sendable {
    /// Per id.
    let splits: [Split]
    /// Sizes of the splits as the ratios give them.
    let wantedSizes: [Int]
    /// Per id: the number of its group of identical samples, if any. Groups are ordered by their first id.
    let groups: [UInt32?]
    let groupCount: Int
    /// Groups of identical samples that lie in different splits, as the source gives them.
    let partedGroups: Int
    /// Per id: the number of the set of samples that stays together in one split, if it has others. Sets are ordered
    /// by their first id.
    let units: [UInt32?]
    let unitCount: Int
    /// Sets that lie in different splits, as the source gives them.
    let partedUnits: Int
    /// Per id: its fold; `nil` in test, and without folds.
    let folds: [UInt8?]
    /// Train first, then by number.
    let shards: [PlannedShard]
    /// Per id: shard number and slot of the original.
    let places: [(shard: UInt32, slot: UInt32)]

    /// - Parameters:
    ///   - copies: augmented copies per train sample
    ///   - rowsPerShard: the most rows of a shard
    ///   - duplicates: the result of `duplicates(_:)`, if known
    ///   - foldCount: number of folds of train and validation; 0 for none
    ///   - units: sets of two samples or more that stay together; by default, identical ones
    init(
        _ samples: [PlanInput], classCount: Int, ratios: SplitRatios, seed: UInt64,
        copies: Int, rowsPerShard: Int, foldCount: Int = 0, duplicates: [[Int]]? = nil, units: [[Int]]? = nil
    ) {
        let duplicates = duplicates ?? Self.duplicates(samples.lazy.map(\.pixels))
        let sets = units ?? duplicates
        groups = Self.numbers(of: duplicates, count: samples.count)
        groupCount = duplicates.count
        let units = Self.numbers(of: sets, count: samples.count)
        self.units = units
        unitCount = sets.count
        let assignment = SplitAssignment(
            samples, groups: units, members: sets, classCount: classCount, ratios: ratios,
            seed: seed)
        splits = assignment.splits
        wantedSizes = assignment.wantedSizes
        folds =
            foldCount == 0
            ? Array(repeating: nil, count: samples.count)
            : FoldAssignment(
                samples, classCount: classCount, count: foldCount, seed: seed, units: sets,
                isIncluded: { assignment.splits[$0] != .test }
            ).folds
        func parted(_ sets: [[Int]]) -> Int {
            sets.count { ids in ids.contains { assignment.splits[$0] != assignment.splits[ids[0]] } }
        }
        partedGroups = parted(duplicates)
        partedUnits = parted(sets)
        shards = Self.shards(samples, splits, seed: seed, copies: copies, rowsPerShard: rowsPerShard)
        var places = [(shard: UInt32, slot: UInt32)](repeating: (0, 0), count: samples.count)
        for shard in shards {
            for (slot, row) in shard.rows.enumerated() where row.copy == 0 {
                places[Int(row.id)] = (UInt32(shard.number), UInt32(slot))
            }
        }
        self.places = places
    }

    /// Per id, the number of its set.
    private static func numbers(of sets: [[Int]], count: Int) -> [UInt32?] {
        var numbers = [UInt32?](repeating: nil, count: count)
        for (number, ids) in sets.enumerated() {
            for id in ids { numbers[id] = UInt32(number) }
        }
        return numbers
    }

    /// Sets of samples with equal pixels, two or more, in order of their first ids.
    static func duplicates(_ pixels: some Collection<ShortDigest>) -> [[Int]] {
        let ordered = pixels.enumerated().map { (pixels: $1, id: UInt32($0)) }.sorted { a, b in
            a.pixels == b.pixels ? a.id < b.id : a.pixels < b.pixels
        }
        var members: [[Int]] = []
        for (previous, next) in zip(ordered, ordered.dropFirst()) where previous.pixels == next.pixels {
            if members.last?.last == Int(previous.id) {
                members[members.count - 1].append(Int(next.id))
            } else {
                members.append([Int(previous.id), Int(next.id)])
            }
        }
        members.sort { $0[0] < $1[0] }
        return members
    }

    private static func shards(
        _ samples: [PlanInput], _ splits: [Split], seed: UInt64, copies: Int, rowsPerShard: Int
    ) -> [PlannedShard] {
        Split.allCases.flatMap { split -> [PlannedShard] in
            let ids = splits.indices.filter { splits[$0] == split }
            let rows = shuffled(samples, ids, copies: split == .train ? copies : 0, seed: seed)
            let count = (rows.count + rowsPerShard - 1) / rowsPerShard
            return (0..<count).map { number in
                // Sizes differ by one at most.
                let (start, end) = (number * rows.count / count, (number + 1) * rows.count / count)
                return PlannedShard(
                    split: split, number: number, count: count, rows: Array(rows[start..<end]))
            }
        }
    }

    /// All rows of a split in random order: sorted by a random number per row.
    private static func shuffled(
        _ samples: [PlanInput], _ ids: [Int], copies: Int, seed: UInt64
    ) -> [PlannedRow] {
        var keyed: [(rank: UInt64, row: PlannedRow)] = []
        keyed.reserveCapacity(ids.count * (copies + 1))
        for id in ids {
            for copy in 0...copies {
                var random = SeededRandom(
                    seed: seed, purpose: .order, epoch: UInt64(copy), sample: samples[id].identity)
                keyed.append((random.next(), PlannedRow(id: UInt32(id), copy: UInt8(copy))))
            }
        }
        keyed.sort { a, b in
            (a.rank, a.row.id, a.row.copy) < (b.rank, b.row.id, b.row.copy)
        }
        return keyed.map(\.row)
    }
}
