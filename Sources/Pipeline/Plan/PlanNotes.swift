// What planning found that no dataset records: what could not be met, where splits come from, what was left out.

public import Dataset
internal import Foundation
public import Ingest
public import Shards
internal import Storage

/// Rows of a table of labels that no image belongs to.
public struct RowsWithoutImage: Sendable, Equatable, Codable {
    public let count: Int
    /// The first of their keys.
    public let first: [String]
}

/// What people should know of a plan.
public struct PlanNotes: Sendable, Equatable, Codable {
    /// Sizes of train, validation and test as the ratios give them. Samples that stay together may not allow them.
    public let wantedSizes: [Int]
    /// The distance within which near-duplicates were to be found, in gray levels. The manifest's is less if there were
    /// more pairs than memory may hold.
    public let wantedLevels: Double
    /// Entries of the source that are no images.
    public let skipped: SkippedEntries
    /// What the user should know of how inputs were read.
    public let remarks: [String]
    /// Rows of a table of labels that no image belongs to: how many, and the first of their keys.
    public let imageless: RowsWithoutImage
    /// Names of inputs that have keys in common, with which their keys begin.
    public let prefixes: [String]
    /// Inputs without any image.
    public let emptyInputs: [String]
    /// Where the splits come from.
    public let origin: SplitOrigin
    /// Images that leak into splits which the source gives.
    public let leaks: Int
    /// What the rule for groups found; `nil` without one.
    public let groups: GroupCoverage?
    /// Images without a label, in a folder such as test/.
    public let unlabelled: Int
    /// Findings that were not looked for, because their rules are for ink on paper.
    public let unsuitable: [FindingKind]
    /// Images with another label than in the input, and images that were left out, by people's decisions.
    public let relabelled, decidedOut: Int
    /// Kinds that were to be dropped, but that no image is.
    public let undropped: [FindingKind]
}

extension PlanNotes {
    /// - Parameter inputs: paths or names, in the order of `staged`
    init(_ planned: PlannedDataset, _ staged: StagedEntries, _ inputs: [String]) {
        let (table, screening, configuration) = (planned.table, planned.screening, planned.configuration)
        self.init(
            wantedSizes: planned.plan.wantedSizes,
            wantedLevels: configuration.searchedLevels(screening.subject),
            skipped: staged.skipped, remarks: staged.remarks, imageless: table.imageless,
            prefixes: table.prefixes.map(\.text),
            emptyInputs: zip(inputs, staged.imagesOfInputs).filter { $1 == 0 }.map(\.0),
            origin: table.origin, leaks: screening.leaks, groups: screening.groups,
            unlabelled: table.unlabelled,
            unsuitable: FindingKind.allCases.filter { screening.subject.exemption($0) != nil },
            relabelled: configuration.relabelling?.labels.count ?? 0,
            decidedOut: configuration.relabelling?.dropped.count ?? 0,
            undropped: configuration.drop.filter { kind in
                !screening.findings.contains { $0.name == kind.rawValue && $0.dropped > 0 }
            })
    }

    /// Reads what ``json()`` gives; `nil` if it is something else.
    init?(_ json: JSONValue) {
        let data = Data(json.canonicalText.utf8)
        guard let notes = try? JSONDecoder().decode(PlanNotes.self, from: data) else { return nil }
        self = notes
    }

    func json() throws -> JSONValue { try JSONValue(parsing: Array(try JSONEncoder().encode(self))) }
}
