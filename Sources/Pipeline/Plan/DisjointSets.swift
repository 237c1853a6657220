// Sets that grow together: union and find.

/// Disjoint sets of numbers from 0 (Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", 1975).
struct DisjointSets {
    private var parents: [UInt32]
    private var sizes: [UInt32]

    /// Each number in a set of its own.
    init(_ count: Int) {
        parents = (0..<count).map { UInt32($0) }
        sizes = Array(repeating: 1, count: count)
    }

    /// The lowest number of the set of `number`.
    mutating func first(_ number: Int) -> Int {
        var number = number
        while parents[number] != number {
            parents[number] = parents[Int(parents[number])]
            number = Int(parents[number])
        }
        return number
    }

    /// How many numbers the set of `number` has.
    mutating func size(_ number: Int) -> Int { Int(sizes[first(number)]) }

    /// Makes one set of two.
    mutating func join(_ a: Int, _ b: Int) {
        let (a, b) = (first(a), first(b))
        guard a != b else { return }
        let (low, high) = (min(a, b), max(a, b))
        parents[high] = UInt32(low)
        sizes[low] += sizes[high]
    }

    /// The sets of two and more, in order of their lowest numbers; numbers ascend.
    mutating func sets() -> [[Int]] {
        var index: [Int: Int] = [:]
        var sets: [[Int]] = []
        for number in parents.indices where sizes[first(number)] > 1 {
            let first = first(number)
            if let known = index[first] {
                sets[known].append(number)
            } else {
                index[first] = sets.count
                sets.append([number])
            }
        }
        return sets
    }
}
