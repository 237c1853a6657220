// Which samples each kind of finding applies to, from the measures that staging took of every sample.

internal import Dataset
internal import Imaging
internal import Shards

/// Judges the samples of a dataset.
struct Quality {
    private let table: SampleTable
    private let shape: ImageShape
    private var size: ImageSize { shape.size }
    let thresholds: FindingThresholds
    let identical: IdenticalSets
    /// In pairs, one sample stands for all that are identical to it.
    let near: NearPairs
    /// Medians over all samples.
    private let paper: Int
    let subject: Subject
    private let source: (width: Int, height: Int)

    /// A sample that a kind applies to.
    struct Member {
        var id: UInt32
        /// The number of its set, for kinds about samples that belong together.
        var set: Int?
        /// What the rule compares with the threshold.
        var value: Double?
    }

    /// - Parameters:
    ///   - duplicates: sets of samples with identical pixels
    ///   - near: all pairs of near-duplicates
    init(
        _ table: SampleTable, shape: ImageShape, thresholds: FindingThresholds, duplicates: [[Int]],
        near: NearPairs
    ) {
        self.table = table
        self.shape = shape
        self.thresholds = thresholds
        let samples = table.samples
        identical = IdenticalSets(duplicates)
        paper = Self.median(samples.lazy.map { Int($0.measures.paper) })
        subject = Subject(plain: samples.lazy.map { Int($0.measures.plain) })
        source = (
            Self.median(samples.lazy.map(\.sourceSize.width)),
            Self.median(samples.lazy.map(\.sourceSize.height))
        )
        self.near = near
    }

    /// The pairs of near-duplicates among the samples of a table. Throws ``PipelineError/tooManyToCompare(limit:)`` if they are
    /// too many to be compared, but near-duplicates must stay together.
    static func nearPairs(
        _ table: SampleTable, duplicates: [[Int]], pixels: PixelStore, shape: ImageShape,
        _ configuration: PipelineConfiguration, workers: Int, isCancelled: @escaping @Sendable () -> Bool
    ) throws(PipelineError) -> NearPairs {
        let samples = table.samples
        guard samples.count <= NearPairs.sampleLimit else {
            guard configuration.near == 0 else { throw .tooManyToCompare(limit: NearPairs.sampleLimit) }
            return NearPairs.none
        }
        let subject = Subject(plain: samples.lazy.map { Int($0.measures.plain) })
        // One of several identical samples is enough, and blank images have nothing to compare.
        var isLeftOut = samples.map { isBlank($0.measures, configuration.thresholds[.blank]) }
        for group in duplicates { for id in group.dropFirst() { isLeftOut[id] = true } }
        return try NearPairs(
            samples.indices.filter { !isLeftOut[$0] }.map { (UInt32($0), table.slot($0)) }, in: pixels,
            shape: shape, levels: configuration.searchedLevels(subject), needsContrast: subject.needsContrast,
            limit: NearPairs.limit(samples: samples.count), workers: workers, isCancelled: isCancelled)
    }

    /// Sets of samples with identical pixels.
    var duplicates: [[Int]] { identical.sets }

    // MARK: Samples of a kind

    /// The samples that a kind applies to, the clearest first; of kinds about sets, set by set.
    func members(_ kind: FindingKind) -> [Member] {
        switch kind {
        case .duplicate: Self.members(duplicates)
        case .conflicting: Self.members(conflicting)
        case .nearDuplicate: relatives(near.pairs)
        case .nearConflicting: relatives(nearConflicting)
        case .leak: []
        case .imbalance: membersOfSmallClasses
        default: clearest(kind)
        }
    }

    /// The samples that `--drop` leaves out for `kind`. Of identical samples the first stays, and of nearly identical ones
    /// all that are near to none that stays; those of a given test split come first, then those of validation.
    func droppable(_ kind: FindingKind) -> [Int] {
        guard kind.canBeDropped else { return [] }
        return switch kind {
        case .duplicate: duplicates.flatMap { byPrecedence($0).dropFirst() }
        case .nearDuplicate: droppableNear
        default: members(kind).map { Int($0.id) }
        }
    }

    /// Not all that chains of pairs connect: their ends may have nothing in common.
    private var droppableNear: [Int] {
        var neighbours: [Int: [Int]] = [:]
        for pair in near.pairs {
            let (a, b) = (identical.first(Int(pair.a)), identical.first(Int(pair.b)))
            neighbours[a, default: []].append(b)
            neighbours[b, default: []].append(a)
        }
        var kept: Set<Int> = []
        return byPrecedence(neighbours.keys.flatMap(identical.members)).filter { id in
            let first = identical.first(id)
            let isNear = kept.contains(first) || neighbours[first, default: []].contains(where: kept.contains)
            if !isNear { kept.insert(first) }
            return isNear
        }
    }

    /// Given splits are not to lose samples to train.
    private func byPrecedence(_ ids: [Int]) -> [Int] {
        func place(_ id: Int) -> (Int, Int) { (-(table.samples[id].givenSplit?.index ?? 0), id) }
        return ids.sorted { place($0) < place($1) }
    }

    private static func members(_ sets: [[Int]]) -> [Member] {
        sets.enumerated().flatMap { number, ids in ids.map { Member(id: UInt32($0), set: number) } }
    }

    private func clearest(_ kind: FindingKind) -> [Member] {
        if subject.exemption(kind) != nil { return [] }
        var found: [(severity: Int, member: Member)] = []
        for (id, sample) in table.samples.enumerated() {
            if let (value, severity) = judge(kind, sample) {
                found.append((severity, Member(id: UInt32(id), set: nil, value: value)))
            }
        }
        return found.sorted { ($1.severity, $0.member.id) < ($0.severity, $1.member.id) }.map(\.member)
    }

    /// Samples that pairs connect, with those identical to them: sets in the order of their closest pairs, and for each
    /// sample the distance to the closest other.
    private func relatives(_ pairs: [NearPairs.Pair]) -> [Member] {
        var sets = DisjointSets(table.samples.count)
        var closest: [Int: Double] = [:]
        var order: [Int] = []
        for pair in pairs {
            let (a, b) = (identical.first(Int(pair.a)), identical.first(Int(pair.b)))
            for id in [a, b] where closest[id] == nil {
                closest[id] = (Double(pair.distance) / Double(shape.byteCount)).squareRoot()
                order.append(id)
            }
            sets.join(a, b)
        }
        var numbers: [Int: Int] = [:]
        for id in order where numbers[sets.first(id)] == nil { numbers[sets.first(id)] = numbers.count }
        return order.flatMap { first in
            let (set, levels) = (numbers[sets.first(first)], closest[first])
            return identical.members(first).map { Member(id: UInt32($0), set: set, value: levels) }
        }.sorted { ($0.set ?? 0, $0.id) < ($1.set ?? 0, $1.id) }
    }

    static func isBlank(_ measures: ImageMeasures, _ threshold: Double) -> Bool {
        Double(measures.strength) < threshold
    }

    /// What a rule compares with its threshold, and how clearly it applies to one sample, higher for clearer; `nil` if it
    /// does not. The severity is a whole number, so that the order is the same on every machine.
    private func judge(_ kind: FindingKind, _ sample: PlanInput) -> (value: Double, severity: Int)? {
        let measures = sample.measures
        let (strength, level) = (Int(measures.strength), Int(measures.paper))
        let isBlank = Self.isBlank(measures, thresholds[.blank])
        let side = thresholds[.inverted]
        let isOpposite = (Double(level) >= side) != (Double(paper) >= side)
        let threshold = thresholds[kind]
        func when(_ applies: Bool, _ value: Int, _ severity: Int) -> (Double, Int)? {
            applies ? (Double(value), severity) : nil
        }
        switch kind {
        case .blank: return when(isBlank, strength, -strength)
        case .faint: return when(!isBlank && Double(strength) < threshold, strength, -strength)
        case .inverted: return when(!isBlank && isOpposite, level, abs(level - paper))
        case .grayPaper:
            return when(
                !isOpposite && Double(abs(level - paper)) > threshold, abs(level - paper), abs(level - paper))
        case .frame:
            return when(Double(measures.frame) >= threshold, Int(measures.frame), Int(measures.frame))
        case .edge: return when(Double(measures.edge) >= threshold, Int(measures.edge), Int(measures.edge))
        case .smallSource:
            let from = sample.sourceSize
            let ratio = min(
                Double(from.width) / Double(size.width), Double(from.height) / Double(size.height))
            return ratio < threshold ? (ratio, -from.area) : nil
        case .unusualSize:
            let ratio = unusualness(sample.sourceSize)
            return ratio > threshold ? (ratio, Int((ratio * 1024).rounded())) : nil
        case .duplicate, .nearDuplicate, .conflicting, .nearConflicting, .leak, .imbalance: return nil
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
        duplicates.filter { group in Set(group.map { table.samples[$0].label }).count >= 2 }
    }

    var nearConflicting: [NearPairs.Pair] {
        // Sets of identical images that have several labels.
        let mixed = Set(conflicting.map { $0[0] })
        return near.pairs.filter { pair in
            let (a, b) = (identical.first(Int(pair.a)), identical.first(Int(pair.b)))
            return table.samples[a].label != table.samples[b].label || mixed.contains(a) || mixed.contains(b)
        }
    }

    /// Classes with few samples, and how many.
    var smallClasses: [(label: Int, samples: Int)] {
        var counts = [Int](repeating: 0, count: table.classes.count)
        for sample in table.samples { counts[sample.label.index] += 1 }
        let limit = thresholds[.imbalance] * Double(counts.max() ?? 0)
        return counts.indices.filter { Double(counts[$0]) < limit }.map { ($0, counts[$0]) }
    }

    private var membersOfSmallClasses: [Member] {
        let small = Dictionary(uniqueKeysWithValues: smallClasses.map { ($0.label, $0.samples) })
        return table.samples.enumerated().compactMap { id, sample in
            small[sample.label.index].map { Member(id: UInt32(id), set: nil, value: Double($0)) }
        }
    }

    /// The name of a class.
    func name(_ label: Int) -> String { table.classes.names[label] }

    /// The lower median; 0 without values.
    static func median(_ values: some Collection<Int>) -> Int {
        // Most datasets have images of one size.
        if let first = values.first, values.allSatisfy({ $0 == first }) { return first }
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[(sorted.count - 1) / 2]
    }
}
