// Finds the cheapest of many classes, and finds it again quickly after one cost has changed.

/// A tournament tree: neighbours compete and the cheaper one advances; on a tie, the one with the lower label.
struct Tournament {
    /// Per label, padded to a power of two; infinite for labels that cannot take part.
    private var costs: [Double]
    /// Node 1 is the final; the winners of nodes 2n and 2n + 1 compete in node n. Nodes from `costs.count` on are the
    /// labels themselves.
    private var winners: [Int]

    /// - Parameter costs: per label
    init(_ costs: [Double]) {
        var width = 1
        while width < costs.count { width *= 2 }
        self.costs = costs + Array(repeating: .infinity, count: width - costs.count)
        winners = Array(repeating: 0, count: width) + Array(0..<width)
        for node in stride(from: width - 1, to: 0, by: -1) { winners[node] = winner(of: node) }
    }

    /// The cheapest label, `nil` if none can take part.
    var best: (label: Int, cost: Double)? {
        let label = winners[1]
        return costs[label] < .infinity ? (label, costs[label]) : nil
    }

    mutating func update(_ label: Int, cost: Double) {
        costs[label] = cost
        var node = (costs.count + label) / 2
        while node > 0 {
            let winner = winner(of: node)
            // If another label won here before and wins again, nothing changes further up.
            if winner == winners[node], winner != label { return }
            winners[node] = winner
            node /= 2
        }
    }

    private func winner(of node: Int) -> Int {
        let (left, right) = (winners[2 * node], winners[2 * node + 1])
        return costs[right] < costs[left] ? right : left
    }
}
