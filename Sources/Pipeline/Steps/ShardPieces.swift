// The pixels of some shards, as the partitions of all parts hold them.

internal import Storage

/// The rows of some shards, as the parts have them: one range of each part for each shard.
struct ShardPieces: Sendable {
    /// Per part: the pixels of the first to the last of the shards, and the row that they begin with.
    private let pixels: [(first: Int, bytes: [UInt8])]
    /// Per part and shard of the plan: where its rows end.
    private let ends: [[UInt32]]
    private let area: Int

    /// Throws ``WorkError/missing(what:step:)`` if a partition is missing, or one of the pieces is damaged.
    init(_ plan: WorkPlan, _ range: ClosedRange<Int>) throws {
        var (pixels, ends): ([(first: Int, bytes: [UInt8])], [[UInt32]]) = ([], [])
        for part in 0..<plan.work.parts {
            let found = try Partition(plan: plan, part: part).pieces(range)
            pixels.append((found.first, found.pixels))
            ends.append(found.ends)
        }
        area = plan.image.byteCount
        (self.pixels, self.ends) = (pixels, ends)
    }

    /// Per part: where the rows of a shard begin.
    func starts(ofShard number: Int) -> [Int] { ends.map { number == 0 ? 0 : Int($0[number - 1]) } }

    /// Copies a row of a part; `false` if the part has none of this number here.
    func read(_ part: Int, row: Int, into output: UnsafeMutablePointer<UInt8>) -> Bool {
        let (first, bytes) = pixels[part]
        let start = (row - first) * area
        guard start >= 0, start + area <= bytes.count else { return false }
        bytes.withUnsafeBufferPointer { bytes in
            if let base = bytes.baseAddress { output.update(from: base + start, count: area) }
        }
        return true
    }
}
