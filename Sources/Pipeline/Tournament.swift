// The cheapest of many classes, known again at once after the cost of one has changed.

/// A tournament tree: neighbours meet, the cheaper one goes on, and of equals the one with the lower label.
struct Tournament {
    /// Per label, and beyond the last label up to a power of two; infinite for who cannot take part.
    private var costs: [Double]
    /// Node 1 is the final; whoever wins nodes 2n and 2n + 1 meets in node n. Nodes from `costs.count` on are the
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
            // Where somebody else won and wins again, nothing changes further up.
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
