// Prepares a source again and compares every sample with a finished dataset.

internal import Configuration
internal import Dataset
internal import Foundation
internal import Imaging
internal import Ingest
internal import Parallel
public import Shards

/// The part of verification that needs the source.
public enum SourceVerification {
    /// Stages `sources` as the manifest says and compares keys, source digests, labels and pixels, copies included.
    /// Differences are problems of the result. Throws what ``Preparation/run(isCancelled:report:)`` throws.
    ///
    /// - Parameter labels: path of the table of labels, which a dataset with such a table needs
    public static func check(
        _ dataset: PreparedDataset, against sources: [String], labels: String? = nil, workers: Int
    ) throws -> Verification.Check {
        let manifest = dataset.manifest
        var configuration = try PipelineConfiguration(recordedIn: dataset)
        // A table of groups may not be at hand. It decides splits and folds alone.
        let hasTable = if case .table? = configuration.groups { true } else { false }
        if hasTable { configuration.groups = nil }
        if let rule = configuration.labels {
            guard let labels else {
                throw PipelineError.labels(
                    reason: "\(dataset.folder) has its labels from \(rule.fileName); give it with --labels")
            }
            configuration.labels = rule.at(labels)
            configuration = try configuration.resolved(for: [])
        } else if labels != nil {
            throw PipelineError.noLabelTable(folder: dataset.folder)
        }
        let names = try InputNames(sources)
        let stager = Stager(
            configuration: configuration, names: names,
            memory: Int(ProcessInfo.processInfo.physicalMemory / 8),
            scratchFolder: FileManager.default.temporaryDirectory.path, workers: workers,
            isCancelled: { false }, report: { _ in })
        for path in sources { try checkInput(at: path) }
        var staged = try stager.run(try configuration.queue(of: sources), of: sources.count)
        staged.settle(configuration.channels)
        // The manifest does not say how many could be unusable.
        configuration.maxRejected = 1
        let planned = try PlannedDataset(
            staged, sources, names, configuration, workers: workers)
        let (table, screening) = (planned.table, planned.screening)
        let rows = try dataset.provenance()
        var problems = try compareKeys(table, rows, try dataset.rejections())
        if problems.isEmpty {
            let findingRows = try dataset.findingRows()
            if manifest.findings != screening.findings || findingRows != screening.findingRows {
                problems.append("the findings are not those of the source")
            }
            if !hasTable {
                problems += comparePlan(planned.plan, rows)
            }
        }
        // An id is a key's position in sorted order, so pixels can be compared only if the keys are equal.
        if problems.isEmpty {
            problems = comparePixels(dataset, planned, staged.pixels, workers: workers)
        }
        return Verification.Check("every sample matches the source", problems: problems)
    }

    private static func compareKeys(
        _ table: SampleTable, _ rows: [ProvenanceRow], _ rejections: [Rejection]
    ) throws -> [String] {
        var known: [Key: ProvenanceRow] = [:]
        for row in rows { known[row.key] = row }
        var problems: [String] = []
        try table.forEach { id, key, source, _ in
            guard let row = known.removeValue(forKey: key) else {
                problems.append("\(key): in the source, not in the dataset")
                return
            }
            if row.source != source {
                problems.append("\(key): its bytes in the source differ (SHA-256)")
            } else if !row.label.hasBytes(of: table.labelName(id)) {
                problems.append(
                    "\(key): labelled “\(row.label)”, but “\(table.labelName(id))” in the source")
            }
        }
        problems += known.keys.sorted().map { "\($0): in the dataset, not in the source" }
        if table.rejections != rejections {
            problems.append("the rejected entries differ from those in rejected.csv")
        }
        return problems
    }

    private static func comparePlan(_ plan: Plan, _ rows: [ProvenanceRow]) -> [String] {
        let parts: [(name: String, differ: (Int) -> Bool)] = [
            ("split", { plan.splits[$0] != rows[$0].split }),
            ("fold", { plan.folds[$0].map(Int.init) != rows[$0].fold }),
            ("unit", { plan.units[$0].map(Int.init) != rows[$0].unit }),
        ]
        return parts.compactMap { name, differ in
            let wrong = rows.indices.filter(differ)
            return wrong.first.map {
                "\(wrong.count) samples have another \(name) than the configuration gives, such as \(rows[$0].key)"
            }
        }
    }

    private static func comparePixels(
        _ dataset: PreparedDataset, _ planned: PlannedDataset, _ pixels: PixelStore, workers: Int
    ) -> [String] {
        let shards = dataset.manifest.shards
        let problems = Lock<[Int: [String]]>([:])
        forEachIndex(below: shards.count, workers: workers) { (_: Int, index: Int) in
            let found = compare(dataset, shards[index].split, shards[index].number, planned, pixels)
            problems.withLock { $0[index] = found }
        }
        return problems.withLock { found in shards.indices.flatMap { found[$0] ?? [] } }
    }

    private static func compare(
        _ dataset: PreparedDataset, _ split: Split, _ number: Int, _ planned: PlannedDataset,
        _ pixels: PixelStore
    ) -> [String] {
        let name = dataset.manifest[split].shards[number].name
        do {
            let reader = try ShardReader(dataset, split, number)
            let (identities, area) = (try reader.identities(), reader.shape.byteCount)
            var problems: [String] = []
            try reader.forEachBlock { block, stored in
                let rows = reader.record.rows(ofBlock: block).map {
                    PlannedRow(id: identities.ids[$0], copy: identities.copies?[$0] ?? 0)
                }
                let fresh = try planned.builder.samples(rows.map { planned.row($0, in: split) }) {
                    (slot, output) throws(PipelineError) in try pixels.read(Int(slot), into: output)
                }
                guard fresh.images != stored else { return }
                for (slot, row) in rows.enumerated()
                where fresh.image(slot) != stored[slot * area..<(slot + 1) * area] {
                    let copy = row.copy > 0 ? " (copy \(row.copy))" : ""
                    let key = try planned.table.key(Int(row.id))
                    problems.append("\(key)\(copy): its pixels differ from those in \(name)")
                }
            }
            return problems
        } catch let error as any Failure {
            return [error.description]
        } catch {
            return ["\(name): \(error)"]
        }
    }
}
