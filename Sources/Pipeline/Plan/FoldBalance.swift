// Evens out the classes of folds that were taken one after the other.

internal import Dataset

/// Numbers of samples per class and fold, and the samples that may be moved.
struct FoldBalance {
    private(set) var folds: [UInt8?]
    /// Per class and fold: all samples, and the ids of those that are free.
    private var counts: [[Int]]
    private var free: [[[Int]]]

    /// - Parameter isFree: whether a sample may be moved by itself
    init(_ samples: [PlanInput], _ folds: [UInt8?], count: Int, classCount: Int, isFree: (Int) -> Bool) {
        self.folds = folds
        counts = Array(repeating: Array(repeating: 0, count: count), count: classCount)
        free = Array(repeating: Array(repeating: [], count: count), count: classCount)
        // The lowest ids last, so that they are moved first.
        for id in samples.indices.reversed() {
            guard let fold = folds[id].map({ Int($0) }) else { continue }
            counts[samples[id].label.index][fold] += 1
            if isFree(id) { free[samples[id].label.index][fold].append(id) }
        }
    }

    /// Exchanges samples of two classes between two folds, which keep their sizes, until no class has two more samples in
    /// one fold than in another, as far as free samples allow.
    ///
    /// Each exchange lowers the sum of squared counts. If fold sizes differ by one at most, and a class has two more in one
    /// fold, some other class has fewer there, so an exchange is possible.
    mutating func improve() {
        for label in counts.indices {
            while exchange(label) {}
        }
    }

    private mutating func exchange(_ label: Int) -> Bool {
        let row = counts[label]
        guard let most = row.max(), let least = row.min(), most - least >= 2 else { return false }
        for from in row.indices where row[from] == most && !free[label][from].isEmpty {
            for to in row.indices where row[to] == least {
                let other = counts.indices.first {
                    counts[$0][to] > counts[$0][from] && !free[$0][to].isEmpty
                }
                guard let other else { continue }
                move(label, from, to)
                move(other, to, from)
                return true
            }
        }
        return false
    }

    private mutating func move(_ label: Int, _ from: Int, _ to: Int) {
        guard let id = free[label][from].popLast() else { return }
        folds[id] = UInt8(to)
        free[label][to].append(id)
        counts[label][from] -= 1
        counts[label][to] += 1
    }
}
