// How far the number of samples lets an accuracy be trusted.

internal import Foundation

extension ConfusionMatrix {
    /// The 95 % confidence interval of the accuracy by Wilson (1927), which holds for accuracies near 1 too; 0...1 without
    /// samples.
    public var accuracyInterval: ClosedRange<Double> {
        let (n, share) = (Double(samples), accuracy)
        guard n > 0 else { return 0...1 }
        let z = 1.959964
        let center = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        return max(center - half, 0)...min(center + half, 1)
    }
}

/// A paired comparison of two models on the same samples (McNemar, 1947): only the samples count on which one is right and
/// the other wrong.
public struct PairedTest: Sendable, Equatable {
    /// Samples that only the first model predicts correctly.
    public let onlyFirst: Int
    /// Samples that only the second model predicts correctly.
    public let onlySecond: Int

    /// - Parameters:
    ///   - first: whether the first model is right, for each sample
    ///   - second: the same of the second model, for the same samples
    public init(_ first: [Bool], _ second: [Bool]) {
        precondition(first.count == second.count)
        onlyFirst = zip(first, second).count { $0 && !$1 }
        onlySecond = zip(first, second).count { $1 && !$0 }
    }

    /// The probability of a difference at least as large if both models are equally good: the exact binomial test on both
    /// sides; 1 if no sample tells them apart.
    public var probability: Double {
        let n = onlyFirst + onlySecond
        guard n > 0 else { return 1 }
        func logarithm(_ k: Int) -> Double {
            lgamma(Double(n) + 1) - lgamma(Double(k) + 1) - lgamma(Double(n - k) + 1) - Double(n) * log(2)
        }
        let tail = (0...min(onlyFirst, onlySecond)).reduce(0) { $0 + exp(logarithm($1)) }
        return min(2 * tail, 1)
    }
}
