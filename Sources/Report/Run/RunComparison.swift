// Compares training runs, in a page or in a table for the terminal.

package import Dataset
package import Storage
internal import Training

/// Runs to compare, in the order given.
package struct RunComparison: Sendable {
    let runs: [RunReport]
    /// Set where the runs' dataset is at hand.
    package var paired: PairedRuns?

    /// The table for a terminal.
    package var text: String {
        var table = TextTable([.left, .left, .left] + columns.map { _ in .right })
        table.add(["run", "recipe", "dataset"] + columns.map(\.title))
        for (index, run) in runs.enumerated() {
            table.add(
                [run.name, run.recipe.name, run.datasetName]
                    + columns.map { column in
                        column.text(run) + (best(column) == index ? " *" : "  ")
                    })
        }
        for summary in summaries {
            table.add([summary.name, "", ""] + summary.values.map { $0 + "  " })
        }
        var lines = table.lines()
        if runs.count > 1 { lines += ["", "  \(warning ?? "* best of its column")"] }
        if let paired { lines += ["", "  \(paired.heading)"] + paired.lines.map { "    \($0)" } }
        return lines.joined(separator: "\n")
    }

    /// Mean and deviation of each column, where runs differ in seed or fold alone.
    var summaries: [(name: String, values: [String])] {
        guard let first = runs.first.map(Self.comparable), runs.count > 1, warning == nil,
            runs.allSatisfy({ Self.comparable($0) == first })
        else { return [] }
        func row(_ name: String, _ figure: ([Double]) -> Double) -> (String, [String]) {
            (
                name,
                columns.map { column in
                    let values = runs.compactMap(column.value)
                    return column.isBound || values.count != runs.count ? "–" : column.format(figure(values))
                }
            )
        }
        return [row("mean", Self.mean), row("deviation", Self.deviation)]
    }

    /// The recipe of a run, without what the standard recipe takes from the pixels and the size of its train split.
    private static func comparable(_ run: RunReport) -> Recipe {
        var recipe = run.recipe
        if recipe.name == Recipe.standardName { (recipe.pixels, recipe.epochs) = (.unit, 0) }
        return recipe
    }

    /// Mean and deviation as a line of JSON.
    package var summaryEvent: JSONValue {
        func figures(_ value: (RunReport) -> Double?) -> JSONValue {
            let values = runs.compactMap(value)
            guard values.count == runs.count, values.count > 1 else { return .null }
            return .object([
                "mean": .number(Self.mean(values)), "deviation": .number(Self.deviation(values)),
            ])
        }
        return .object([
            "event": .string("folds"), "runs": .integer(runs.count),
            "validation_accuracy": figures { $0.bestEpoch?.validation?.accuracy },
            "test_accuracy": figures { $0.test?.accuracy },
        ])
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    /// Of a sample: the squares are divided by the number of values less one.
    private static func deviation(_ values: [Double]) -> Double {
        let mean = mean(values)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }

    /// The run with the best number; `nil` if there is none, or if the runs cannot be compared.
    func best(_ column: Column) -> Int? { warning == nil ? column.bestIndex(runs) : nil }

    /// A warning for runs on different datasets.
    var warning: String? {
        let digests = Set(runs.map(\.datasetDigest))
        return digests.count == 1
            ? nil
            : "These runs used \(digests.count) different datasets; their results cannot be compared."
    }

    /// The dataset of all runs; `nil` if they were trained on different ones.
    package var dataset: (name: String, digest: Digest)? {
        warning == nil ? runs.first.map { ($0.datasetName, $0.datasetDigest) } : nil
    }

    /// `A`, `B` … `Z`, then numbers.
    func letter(_ index: Int) -> String {
        index < 26 ? String(UnicodeScalar(UInt8(65 + index))) : String(index + 1)
    }
}

extension RunComparison {
    /// Reads runs from their folders, at least one.
    package init(folders: [String]) throws {
        precondition(!folders.isEmpty)
        self.init(runs: try folders.map { try RunReport(RunRecord(contentsOf: $0)) })
    }
}

extension RunReport {
    /// The 95 % confidence interval of the test accuracy; `nil` without a test split.
    fileprivate var testInterval: ClosedRange<Double>? {
        confusion.flatMap { $0.split == .test ? $0.matrix.accuracyInterval : nil }
    }
}

extension RunComparison {
    /// One number per run, such as its test accuracy.
    struct Column {
        enum Better { case higher, lower }

        var title: String
        var better: Better?
        var value: (RunReport) -> Double?
        var format: (Double) -> String
        /// Whether it is a bound of an interval, of which a mean says nothing.
        var isBound = false

        func text(_ run: RunReport) -> String { value(run).map(format) ?? "–" }

        /// The run with the best number; `nil` if fewer than two runs have one, or if there is a tie.
        func bestIndex(_ runs: [RunReport]) -> Int? {
            let values = runs.map(value)
            let present = values.compactMap { $0 }.filter(\.isFinite)
            guard let better, present.count > 1,
                let best = better == .higher ? present.max() : present.min(),
                values.filter({ $0 == best }).count == 1
            else { return nil }
            return values.firstIndex { $0 == best }
        }
    }

    var columns: [Column] {
        func percent(_ value: Double) -> String { TextStyle.percent(value, 2) }
        return [
            Column(title: "test", better: .higher, value: { $0.test?.accuracy }, format: percent),
            Column(
                title: "from", better: nil, value: { $0.testInterval?.lowerBound }, format: percent,
                isBound: true),
            Column(
                title: "to", better: nil, value: { $0.testInterval?.upperBound }, format: percent,
                isBound: true),
            Column(title: "test loss", better: .lower, value: { $0.test?.loss }, format: TextStyle.loss),
            Column(
                title: "validation", better: .higher, value: { $0.bestEpoch?.validation?.accuracy },
                format: percent),
            Column(
                title: "train", better: nil, value: { $0.epochs.last?.train.accuracy }, format: percent),
            Column(
                title: "epochs", better: nil, value: { Double($0.epochs.count) },
                format: { TextStyle.decimal($0, 0) }),
            Column(title: "time", better: .lower, value: { $0.seconds }, format: TextStyle.duration),
            Column(
                title: "parameters", better: .lower, value: { Double($0.architecture.parameterCount) },
                format: { TextStyle.decimal($0, 0) }),
        ]
    }
}
