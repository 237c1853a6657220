// Moves single samples between splits and finds the cheapest move.

/// A move along a path of splits: each step moves one sample of some class to the next split.
struct SampleMove {
    var cost = 0.0
    var steps: [(label: Int, from: Int, to: Int)] = []
}

/// The numbers of single samples per class and split while they are being improved.
///
/// Each ordered pair of splits has a tournament of all classes, so that a move is found and made in logarithmic time.
struct SampleMoves {
    private(set) var numbers: [[Int]]
    private let table: SplitTable
    /// In the order of `pairs`.
    private var tournaments: [Tournament]
    private var journey: Journey

    private static let pairs = [(from: 0, to: 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]

    /// - Parameter table: gives the cost of a move
    init(_ numbers: [[Int]], in table: SplitTable) {
        self.numbers = numbers
        self.table = table
        tournaments = Self.pairs.map { from, to in
            Tournament(numbers.indices.map { table.cost(ofMoving: $0, numbers[$0], from: from, to: to) })
        }
        journey = Journey(classes: numbers.count)
    }

    /// The cheapest way to move along `path`, or `nil` if no class has a sample to move.
    ///
    /// Each step is the cheapest once the steps before it are made, so they are made here and undone at the end.
    mutating func cheapest(along path: [Int]) -> SampleMove? {
        var (move, made) = (SampleMove(), 0)
        defer { for step in move.steps[0..<made] { shift(step.label, from: step.to, to: step.from) } }
        for (from, to) in zip(path, path.dropFirst()) {
            if let last = move.steps.last {
                shift(last.label, from: last.from, to: last.to)
                made += 1
            }
            guard let best = tournaments[2 * from + (to > from ? to - 1 : to)].best else { return nil }
            move.cost += best.cost
            move.steps.append((best.label, from, to))
        }
        return move
    }

    mutating func make(_ move: SampleMove) {
        for step in move.steps { shift(step.label, from: step.from, to: step.to) }
        journey.add(move)
    }

    /// Whether the moves made so far have led back to earlier numbers.
    var isGoingInCircles: Bool { journey.isBack }

    private mutating func shift(_ label: Int, from: Int, to: Int) {
        numbers[label][from] -= 1
        numbers[label][to] += 1
        let row = numbers[label]
        for pair in 0..<6 {
            let (from, to) = Self.pairs[pair]
            tournaments[pair].update(label, cost: table.cost(ofMoving: label, row, from: from, to: to))
        }
    }
}

/// Detects a cycle of moves, however long (Brent, "An improved Monte Carlo factorization algorithm", 1980).
private struct Journey {
    private(set) var isBack = false
    private var moves = 0
    /// Changes since the reference point, by label * 3 + split, and how many of them are not zero. The reference point
    /// is renewed after 1, 2, 4, 8 ... moves, so it is on the cycle sooner or later.
    private var changes: [Int]
    private var changed = 0

    init(classes: Int) { changes = Array(repeating: 0, count: classes * 3) }

    mutating func add(_ move: SampleMove) {
        for step in move.steps {
            change(step.label * 3 + step.from, by: -1)
            change(step.label * 3 + step.to, by: 1)
        }
        isBack = isBack || changed == 0
        moves += 1
        guard moves & (moves - 1) == 0 else { return }
        changes = Array(repeating: 0, count: changes.count)
        changed = 0
    }

    private mutating func change(_ cell: Int, by amount: Int) {
        let before = changes[cell]
        changes[cell] += amount
        changed += (changes[cell] == 0 ? 0 : 1) - (before == 0 ? 0 : 1)
    }
}
