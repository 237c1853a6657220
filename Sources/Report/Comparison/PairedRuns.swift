// Whether two runs differ by more than chance: their models on the same samples.

package import Shards
internal import Training
internal import Dataset

/// The best run beside each other one, on a split that none of them learned from. It was found by the same samples, so of
/// more than two runs, probabilities are corrected for all their pairs (Bonferroni): the best of ten equal ones often
/// differs from the worst as if p were 0.03.
package struct PairedRuns: Sendable {
    /// Names of two runs, and how their models differ.
    let pairs: [(first: String, second: String, test: PairedTest)]
    let split: Split
    let samples: Int
    /// Of all runs.
    private let pairCount: Int

    /// `nil` if the runs share no such split, as runs that held out different folds when there are no test samples.
    ///
    /// - Parameters:
    ///   - folders: of runs on `dataset`, at least two
    ///   - isCancelled: asked before each batch
    /// - Throws: `TrainingError` if a model cannot be used, `ShardError` or `StorageError` if the dataset cannot be read
    package init?(
        _ folders: [String], on dataset: PreparedDataset, jobs: Int, isCancelled: () -> Bool
    ) throws {
        let models = try folders.map(Model.init(contentsOf:))
        let folds = Set(models.map(\.description.fold))
        let split = dataset.manifest.hasSamples(.test) ? Split.test : .validation
        // One fold that all held out is their validation.
        let isHeldOut = folds.count == 1 && (dataset.manifest.hasSamples(.validation) || folds != [nil])
        guard split == .test || isHeldOut else { return nil }
        let right = try models.map { model in
            var correct: [Bool] = []
            _ = try Evaluator(model, jobs: jobs).evaluate(
                model, on: dataset, split: split, report: { correct.append($0.predicted == $0.label) },
                isCancelled: isCancelled)
            return correct
        }
        let names = folders.map(RunReport.name(of:))
        let scores = right.map { $0.count { $0 } }
        let best = scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
        pairs = names.indices.filter { $0 != best }.map {
            (names[best], names[$0], PairedTest(right[best], right[$0]))
        }
        pairCount = names.count * (names.count - 1) / 2
        (self.split, samples) = (split, right[0].count)
    }

    /// One line for each pair.
    var lines: [String] {
        pairs.map { first, second, test in
            let probability = min(test.probability * Double(pairCount), 1)
            return
                "\(first) beside \(second): \(TextStyle.count(test.onlyFirst)) samples are right with the first alone, "
                + "\(TextStyle.count(test.onlySecond)) with the second alone; p \(Self.text(probability))"
                + (probability < 0.05 ? "" : ", which may be chance")
        }
    }

    var heading: String {
        "McNemar's test on \(TextStyle.count(samples)) \(split.rawValue) samples"
            + (pairCount > 1 ? ", p corrected for the \(pairCount) pairs of these runs" : "")
    }

    private static func text(_ probability: Double) -> String {
        probability < 0.0001 ? "< 0.0001" : "= " + TextStyle.decimal(probability, probability < 0.01 ? 4 : 2)
    }
}
