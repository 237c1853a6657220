// Samples with identical pixels: one stands for all of its set wherever images are compared.

/// Sets of samples with identical pixels.
struct IdenticalSets {
    /// Of two samples and more, in the order of their first ids; ids ascend.
    let sets: [[Int]]
    /// The position in `sets` of each sample that is in one.
    private var positions: [Int: Int] = [:]

    init(_ sets: [[Int]]) {
        self.sets = sets
        for (position, ids) in sets.enumerated() { for id in ids { positions[id] = position } }
    }

    /// The samples that are identical to one, and itself.
    func members(_ id: Int) -> [Int] { positions[id].map { sets[$0] } ?? [id] }

    /// The sample that stands for the set of `id`.
    func first(_ id: Int) -> Int { positions[id].map { sets[$0][0] } ?? id }
}
