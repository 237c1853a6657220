// The kinds of quality findings: their names, titles, rules and thresholds, each once.

internal import Dataset

/// A kind of quality finding; its raw value is its name in dataset.json. Reports list the kinds in this order.
public enum FindingKind: String, Sendable, CaseIterable, Codable {
    case blank, faint, inverted
    case grayPaper = "gray-paper"
    case frame, edge
    case smallSource = "small-source"
    case unusualSize = "unusual-size"
    case duplicate
    case nearDuplicate = "near-duplicate"
    case conflicting
    case nearConflicting = "near-conflicting"
    case leak, imbalance

    /// Whether the rule is about ink on paper.
    var isForInk: Bool {
        switch self {
        case .faint, .inverted, .grayPaper, .frame, .edge: true
        default: false
        }
    }

    /// The number in the rule.
    var threshold: Double {
        switch self {
        case .blank: 24
        // The median distance of ink from paper is 179 levels in the Kaggle photos and 255 in MNIST.
        case .faint: 100
        case .inverted: 128
        case .grayPaper: 32
        case .frame: 75
        case .edge: 20
        case .smallSource: 1
        case .unusualSize: 2
        case .duplicate: 0
        // Two scans of one digit are this close; of MNIST's images, six are.
        case .nearDuplicate, .nearConflicting, .leak: 8
        case .conflicting: 2
        case .imbalance: 0.5
        }
    }

    /// The rule in words, for people who have not read this code.
    ///
    /// - Parameter threshold: the number in the rule, which a pipeline may change
    func rule(_ threshold: Double) -> String {
        let number = Spelling.number(threshold)
        return switch self {
        case .blank:
            "the strongest half percent of the pixels is less than \(number) of 255 levels from the paper"
        case .faint:
            "not blank, but the strongest half percent of the pixels is less than \(number) levels from the paper"
        case .inverted: "paper on the other side of level \(number) than that of most images"
        case .grayPaper: "paper more than \(number) levels from that of most images, but not inverted"
        case .frame:
            "one side has dark or light pixels within 5 % of the border along \(number) % of its length"
        case .edge:
            "ink in at least \(Spelling.number(threshold / 10)) % of the outermost pixels, corners and frame lines left out"
        case .smallSource: "less than \(number) times the prepared image's pixels across or down"
        case .unusualSize:
            "more than \(number) times as wide or high as the median image, or less than 1/\(number)"
        case .duplicate: "the prepared pixels are those of another sample"
        case .nearDuplicate:
            "prepared pixels within \(number) levels of another's (root mean square), but not identical"
        case .conflicting: "identical prepared pixels under 2 or more labels"
        case .nearConflicting: "prepared pixels within \(number) levels of another's that has another label"
        case .leak:
            "of train, and identical or within \(number) levels of an image of a given validation or test split"
        case .imbalance: "classes with less than \(number) of the samples of the largest class"
        }
    }

    /// The heading in HTML reports.
    package var title: String {
        switch self {
        case .blank: "Blank or nearly blank"
        case .faint: "Very faint"
        case .inverted: "Inverted relative to the rest"
        case .grayPaper: "On gray paper"
        case .frame: "Frame lines at the border"
        case .edge: "Ink touching the edge"
        case .smallSource: "Tiny source images"
        case .unusualSize: "Unusual source size"
        case .duplicate: "Identical images"
        case .nearDuplicate: "Nearly identical images"
        case .conflicting: "Identical images with different labels"
        case .nearConflicting: "Nearly identical images with different labels"
        case .leak: "Leaks into given splits"
        case .imbalance: "Uneven classes"
        }
    }

    /// Whether `--drop` accepts it. Leaving out a class that is too small would not help, and leaks have `--leaks`.
    var canBeDropped: Bool { self != .imbalance && self != .leak }

    /// Parses `blank,conflicting`: kinds that can be dropped, none twice.
    package static func list(_ text: String) -> [FindingKind]? {
        var kinds: [FindingKind] = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let kind = FindingKind(rawValue: String(name)), kind.canBeDropped, !kinds.contains(kind)
            else { return nil }
            kinds.append(kind)
        }
        // In the order of the cases, so that the same kinds give the same configuration.
        return allCases.filter(kinds.contains)
    }

    /// What is wrong with a text that is no list.
    package static func listProblem(_ text: String) -> String {
        let allowed = allCases.filter(\.canBeDropped).map(\.rawValue)
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if let wrong = names.first(where: { !allowed.contains($0) }) {
            return Spelling.notOneOf(allowed, wrong)
        }
        return "“\(text.excerpt)” names a finding twice"
    }
}
