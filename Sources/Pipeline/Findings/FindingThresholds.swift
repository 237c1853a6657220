// The numbers in the rules of findings, which a pipeline may change.

/// A threshold for each kind of finding: the standard one, unless a pipeline sets another.
public struct FindingThresholds: Sendable, Equatable {
    private(set) var changed: [FindingKind: Double] = [:]

    /// The standard thresholds.
    public init() {}

    /// The number in the rule of `kind`.
    public subscript(kind: FindingKind) -> Double {
        get { changed[kind] ?? kind.threshold }
        set { changed[kind] = newValue == kind.threshold ? nil : newValue }
    }

    /// What a pipeline may set; `nil` for kinds whose rule has no number of its own.
    static func range(_ kind: FindingKind) -> ClosedRange<Double>? {
        switch kind {
        case .blank, .faint, .inverted, .grayPaper: 0...255
        case .frame: 0...100
        case .edge: 0...255
        case .smallSource: 0.01...100
        case .unusualSize: 1...1000
        case .imbalance: 0...1
        // The distance of near-duplicates is `near`.
        case .duplicate, .nearDuplicate, .conflicting, .nearConflicting, .leak: nil
        }
    }
}
