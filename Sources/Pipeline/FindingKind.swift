// The kinds of quality findings: their names, rules and thresholds, each once.

/// A kind of quality finding, in the order in which they are listed.
public enum FindingKind: String, Sendable, CaseIterable {
    case blank, faint, inverted
    case greyPaper = "grey-paper"
    case frame, edge
    case smallSource = "small-source"
    case unusualSize = "unusual-size"
    case duplicate
    case nearDuplicate = "near-duplicate"
    case conflicting, imbalance

    /// The number in the rule.
    public var threshold: Double {
        switch self {
        case .blank: 24
        // Kaggle's ink is 179 levels from its paper in the middle, MNIST's 255.
        case .faint: 100
        case .inverted: 128
        case .greyPaper: 32
        case .frame: 75
        case .edge: 20
        case .smallSource: 1
        case .unusualSize: 2
        case .duplicate: 0
        // No two of MNIST's digits are as close; rescans of one digit are.
        case .nearDuplicate: 8
        case .conflicting: 2
        case .imbalance: 0.5
        }
    }

    /// The rule in words, for people who have not read this code.
    public var rule: String {
        switch self {
        case .blank: "the strongest half percent of the pixels is less than 24 of 255 levels from the paper"
        case .faint: "the strongest half percent of the pixels is 24 to 99 of 255 levels from the paper"
        case .inverted: "paper on the other side of level 128 than that of most images"
        case .greyPaper: "paper more than 32 levels from that of most images, on the same side of level 128"
        case .frame: "one side has dark or light pixels within 5 % of the border along 75 % of its length"
        case .edge: "ink in at least 20 per mille of the outermost pixels, corners and frame lines left out"
        case .smallSource: "fewer pixels across or down than the prepared image, so that it was enlarged"
        case .unusualSize: "more than 2 times as wide or high as the median image, or less than 1/2"
        case .duplicate: "the prepared pixels are those of another sample"
        case .nearDuplicate:
            "similar perceptual hash, and prepared pixels within 8 levels of another's (root mean square)"
        case .conflicting: "identical prepared pixels under 2 or more labels"
        case .imbalance: "classes with less than 0.5 of the samples of the largest class"
        }
    }

    /// Whether `--drop` accepts it: a class that is small cannot be mended by leaving it out.
    public var canBeDropped: Bool { self != .imbalance }

    /// Parses `blank,conflicting`: kinds that can be dropped, none twice.
    public static func list(_ text: String) -> [FindingKind]? {
        var kinds: [FindingKind] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let kind = FindingKind(rawValue: String(name)), kind.canBeDropped, !kinds.contains(kind)
            else { return nil }
            kinds.append(kind)
        }
        // In their own order, so that the same choice is the same configuration.
        return allCases.filter(kinds.contains)
    }

    public static var listNotation: String {
        "a list such as blank,conflicting; of "
            + allCases.filter(\.canBeDropped).map(\.rawValue).joined(separator: ", ")
    }
}
