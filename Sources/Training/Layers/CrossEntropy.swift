// Softmax and cross-entropy, on logits or, as in DigitsNet, on the output of a softmax.

internal import Foundation

/// Loss and accuracy of some samples.
struct Score: Sendable, Equatable {
    /// Sum over samples, in nats.
    var loss = 0.0
    var correct = 0
    var count = 0

    static func + (a: Score, b: Score) -> Score {
        Score(loss: a.loss + b.loss, correct: a.correct + b.correct, count: a.count + b.count)
    }
}

/// The loss of a network, and its gradient.
struct CrossEntropy {
    let classes: Int
    /// Label smoothing: the share of probability that is spread evenly over all classes while training.
    let smoothing: Float
    /// Whether the network ends in softmax, whose output is treated as logits.
    let onSoftmax: Bool
    private let probabilities, second: FloatBuffer

    init(classes: Int, smoothing: Double, onSoftmax: Bool) {
        self.classes = classes
        self.smoothing = Float(smoothing)
        self.onSoftmax = onSoftmax
        probabilities = FloatBuffer(classes)
        second = FloatBuffer(classes)
    }

    /// Scores `logits` [count, classes], and writes the gradient of the batch's mean loss by them.
    ///
    /// Labels are not smoothed when evaluating, so that losses of different recipes can be compared.
    ///
    /// - Parameters:
    ///   - scale: 1 / number of samples in the batch
    ///   - gradient: [count, classes]; `nil` when evaluating
    func score(
        _ logits: UnsafePointer<Float>, labels: UnsafePointer<UInt16>, count: Int, scale: Float,
        gradient: UnsafeMutablePointer<Float>?
    ) -> Score {
        var score = Score(loss: 0, correct: 0, count: count)
        for row in 0..<count {
            let (x, label) = (logits + row * classes, Int(labels[row]))
            if Self.argmax(x, classes) == label { score.correct += 1 }
            if onSoftmax {
                score.loss += scoreOnSoftmax(x, label, scale, gradient.map { $0 + row * classes })
            } else {
                score.loss += scoreOnLogits(x, label, scale, gradient.map { $0 + row * classes })
            }
        }
        return score
    }

    private func target(_ index: Int, _ label: Int) -> Float {
        (index == label ? 1 - smoothing : 0) + smoothing / Float(classes)
    }

    private func scoreOnLogits(
        _ x: UnsafePointer<Float>, _ label: Int, _ scale: Float, _ gradient: UnsafeMutablePointer<Float>?
    ) -> Double {
        let logSum = Self.softmax(x, classes, into: probabilities.base)
        if let gradient {
            for i in 0..<classes { gradient[i] = (probabilities.base[i] - target(i, label)) * scale }
        }
        return loss(x, logSum, label, isSmoothed: gradient != nil)
    }

    /// Σ target · (log Σ exp x - x).
    private func loss(
        _ x: UnsafePointer<Float>, _ logSum: Float, _ label: Int, isSmoothed: Bool
    ) -> Double {
        guard isSmoothed, smoothing > 0 else { return Double(logSum - x[label]) }
        var loss = 0.0
        for i in 0..<classes { loss += Double(target(i, label) * (logSum - x[i])) }
        return loss
    }

    private func scoreOnSoftmax(
        _ x: UnsafePointer<Float>, _ label: Int, _ scale: Float, _ gradient: UnsafeMutablePointer<Float>?
    ) -> Double {
        let p = probabilities.base
        Self.softmax(x, classes, into: p)
        let logSum = Self.softmax(p, classes, into: second.base)
        if let gradient {
            // Through softmax: dx = p (dp - Σ dp p).
            var sum: Float = 0
            for i in 0..<classes {
                second.base[i] = (second.base[i] - target(i, label)) * scale
                sum += second.base[i] * p[i]
            }
            for i in 0..<classes { gradient[i] = p[i] * (second.base[i] - sum) }
        }
        return loss(p, logSum, label, isSmoothed: gradient != nil)
    }

    static func argmax(_ x: UnsafePointer<Float>, _ count: Int) -> Int {
        var best = 0
        for i in 1..<max(count, 1) where x[i] > x[best] { best = i }
        return best
    }

    /// Writes exp(x) / Σ exp(x) to `p`, and returns log Σ exp(x).
    @discardableResult
    static func softmax(
        _ x: UnsafePointer<Float>, _ count: Int, into p: UnsafeMutablePointer<Float>
    ) -> Float {
        var largest = x[0]
        for i in 1..<max(count, 1) { largest = max(largest, x[i]) }
        var sum: Float = 0
        for i in 0..<count {
            p[i] = exp(x[i] - largest)
            sum += p[i]
        }
        for i in 0..<count { p[i] /= sum }
        return largest + log(sum)
    }
}
