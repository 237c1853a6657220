// Several training runs beside each other: one page, one table for the terminal.

internal import Dataset
internal import Training

/// Runs to compare, in the order in which they are to be listed.
package struct RunComparison: Sendable {
    /// At least one.
    let runs: [RunReport]

    /// For a terminal.
    package var text: String {
        var table = TextTable([.left, .left, .left] + columns.map { _ in .right })
        table.add(["run", "recipe", "dataset"] + columns.map(\.title))
        for (index, run) in runs.enumerated() {
            table.add(
                [run.name, run.recipe.name, run.datasetName]
                    + columns.map { column in
                        column.text(run) + (column.bestIndex(runs) == index ? " *" : "  ")
                    })
        }
        var lines = table.lines()
        if runs.count > 1 { lines += ["", "  * best of its column"] }
        if let warning { lines += ["  \(warning)"] }
        return lines.joined(separator: "\n")
    }

    /// The curves as SVG files, by name: `loss.svg` and `accuracy.svg`.
    var curves: [(name: String, svg: String)] {
        [("loss.svg", chart(\.loss).file), ("accuracy.svg", chart(\.accuracy).file)]
    }

    /// What should be known before accuracies are compared.
    var warning: String? {
        let digests = Set(runs.map(\.datasetDigest))
        return digests.count == 1
            ? nil
            : "These runs saw \(digests.count) different datasets; their figures are not of the same images."
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

extension RunComparison {
    /// One figure of each run.
    struct Column {
        enum Better { case higher, lower }

        var title: String
        var better: Better?
        var value: (RunReport) -> Double?
        var format: (Double) -> String

        func text(_ run: RunReport) -> String { value(run).map(format) ?? "–" }

        /// The run that is best in this figure; `nil` with nothing to compare, or several equal.
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
