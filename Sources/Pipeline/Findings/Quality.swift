// Quality findings of a dataset, from the measures that staging took of every sample.

internal import Dataset
internal import Imaging
internal import Shards

/// Which samples each kind of finding applies to.
struct Quality {
    private let table: SampleTable
    private let size: ImageSize
    /// Sets of samples with identical pixels.
    let duplicates: [[Int]]
    let near: NearPairs
    /// Medians over all samples.
    private let paper: Int
    private let source: (width: Int, height: Int)

    /// - Parameters:
    ///   - duplicates: sets of samples with identical pixels
    ///   - near: all pairs of near-duplicates
    init(_ table: SampleTable, size: ImageSize, duplicates: [[Int]], near: NearPairs) {
        self.table = table
        self.size = size
        let samples = table.samples
        self.duplicates = duplicates
        paper = Self.median(samples.lazy.map { Int($0.measures.paper) })
        source = (
            Self.median(samples.lazy.map(\.sourceSize.width)),
            Self.median(samples.lazy.map(\.sourceSize.height))
        )
        self.near = near
    }

    /// The pairs of near-duplicates among `samples`.
    ///
    /// - Parameter levels: the largest distance
    static func nearPairs(
        _ samples: [StagedSample], duplicates: [[Int]], pixels: PixelStore, size: ImageSize, levels: Double,
        workers: Int
    ) throws(PipelineError) -> NearPairs {
        // One of several identical samples is enough, and blank images have nothing to compare.
        var isLeftOut = samples.map { isBlank($0.measures) }
        for group in duplicates { for id in group.dropFirst() { isLeftOut[id] = true } }
        return try NearPairs(
            samples.indices.filter { !isLeftOut[$0] }.map { (UInt32($0), samples[$0].slot) }, in: pixels,
            size: size, levels: levels, limit: NearPairs.limit(samples: samples.count), workers: workers)
    }

    /// All findings, even those without samples, which show what was checked.
    func findings(dropped: [FindingKind: Int]) -> [Finding] {
        FindingKind.allCases.map { kind in
            var finding = finding(kind)
            finding.dropped = dropped[kind] ?? 0
            return finding
        }
    }

    /// The samples that `--drop` leaves out for `kind`. Of identical or nearly identical samples, the first stays.
    func droppable(_ kind: FindingKind) -> [Int] {
        switch kind {
        case .duplicate: duplicates.flatMap { $0.dropFirst() }
        case .nearDuplicate: relatives.flatMap { $0.dropFirst() }
        case .nearConflicting: Self.concerned(nearConflicting)
        case .conflicting: conflicting.flatMap { $0 }
        case .imbalance: []
        default: table.samples.indices.filter { severity(kind, table.samples[$0]) != nil }
        }
    }

    private func finding(_ kind: FindingKind) -> Finding {
        let threshold = [.nearDuplicate, .nearConflicting].contains(kind) ? near.levels : kind.threshold
        func finding(samples: Int, groups: [[UInt32]]? = nil, classes: [String]? = nil) -> Finding {
            Finding(
                name: kind.rawValue, rule: kind.rule(threshold), threshold: threshold, samples: samples,
                groups: groups, classes: classes)
        }
        switch kind {
        case .duplicate:
            return finding(samples: duplicates.reduce(0) { $0 + $1.count }, groups: Self.examples(duplicates))
        case .conflicting:
            return finding(
                samples: conflicting.reduce(0) { $0 + $1.count }, groups: Self.examples(conflicting))
        case .nearDuplicate, .nearConflicting:
            let pairs = kind == .nearDuplicate ? near.pairs : nearConflicting
            return finding(
                samples: Self.concerned(pairs).count,
                groups: pairs.prefix(Finding.exampleLimit).map { [$0.a, $0.b] })
        case .imbalance:
            let small = smallClasses
            return finding(samples: small.reduce(0) { $0 + $1.samples }, classes: small.map(\.name))
        default:
            var result = finding(samples: 0)
            (result.samples, result.examples) = clearest(kind)
            return result
        }
    }

    /// How many samples a kind applies to, and the clearest of them.
    private func clearest(_ kind: FindingKind) -> (samples: Int, examples: [UInt32]) {
        var found: [(severity: Int, id: UInt32)] = []
        for (id, sample) in table.samples.enumerated() {
            if let severity = severity(kind, sample) { found.append((severity, UInt32(id))) }
        }
        found.sort { $0.severity == $1.severity ? $0.id < $1.id : $0.severity > $1.severity }
        return (found.count, found.prefix(Finding.exampleLimit).map(\.id))
    }

    private static func examples(_ groups: [[Int]]) -> [[UInt32]] {
        groups.prefix(Finding.exampleLimit).map { group in
            group.prefix(Finding.exampleLimit).map { UInt32($0) }
        }
    }

    private static func isBlank(_ measures: ImageMeasures) -> Bool {
        Double(measures.strength) < FindingKind.blank.threshold
    }

    /// How clearly a kind applies to one sample, higher for clearer; `nil` if it does not. A whole number, so
    /// that the order is the same on every machine.
    private func severity(_ kind: FindingKind, _ sample: StagedSample) -> Int? {
        let measures = sample.measures
        let (strength, level) = (Int(measures.strength), Int(measures.paper))
        let isBlank = Self.isBlank(measures)
        let isOpposite = (level >= 128) != (paper >= 128)
        func when(_ applies: Bool, _ severity: @autoclosure () -> Int) -> Int? { applies ? severity() : nil }
        switch kind {
        case .blank: return when(isBlank, -strength)
        case .faint: return when(!isBlank && Double(strength) < kind.threshold, -strength)
        case .inverted: return when(!isBlank && isOpposite, abs(level - paper))
        case .grayPaper:
            return when(!isOpposite && Double(abs(level - paper)) > kind.threshold, abs(level - paper))
        case .frame: return when(Double(measures.frame) >= kind.threshold, Int(measures.frame))
        case .edge: return when(Double(measures.edge) >= kind.threshold, Int(measures.edge))
        case .smallSource:
            let from = sample.sourceSize
            return when(from.width < size.width || from.height < size.height, -from.area)
        case .unusualSize:
            let ratio = unusualness(sample.sourceSize)
            return when(ratio > kind.threshold, Int((ratio * 1024).rounded()))
        case .duplicate, .nearDuplicate, .conflicting, .nearConflicting, .imbalance: return nil
        }
    }

    /// The ratio of width or height to its median, or the inverse, whichever is largest.
    private func unusualness(_ from: ImageSize) -> Double {
        let ratios = [
            Double(from.width) / Double(source.width), Double(from.height) / Double(source.height),
        ]
        return ratios.map { max($0, 1 / $0) }.max() ?? 1
    }

    private var conflicting: [[Int]] {
        duplicates.filter { group in Set(group.map { table.labels[$0] }).count >= 2 }
    }

    private var nearConflicting: [NearPairs.Pair] {
        near.pairs.filter { table.labels[Int($0.a)] != table.labels[Int($0.b)] }
    }

    /// Sets of samples that pairs connect.
    private var relatives: [[Int]] {
        var sets = DisjointSets(table.samples.count)
        for pair in near.pairs { sets.join(Int(pair.a), Int(pair.b)) }
        return sets.sets()
    }

    /// The samples of pairs, in order.
    private static func concerned(_ pairs: [NearPairs.Pair]) -> [Int] {
        Set(pairs.lazy.flatMap { [Int($0.a), Int($0.b)] }).sorted()
    }

    private var smallClasses: [(name: String, samples: Int)] {
        var counts = [Int](repeating: 0, count: table.classes.count)
        for label in table.labels { counts[label.index] += 1 }
        let limit = FindingKind.imbalance.threshold * Double(counts.max() ?? 0)
        return zip(table.classes.names, counts).filter { Double($0.1) < limit }.map { ($0.0, $0.1) }
    }

    /// The lower median; 0 without values.
    private static func median(_ values: some Collection<Int>) -> Int {
        // Most datasets have images of one size.
        if let first = values.first, values.allSatisfy({ $0 == first }) { return first }
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[(sorted.count - 1) / 2]
    }
}
