// What a number of samples says of a model: intervals, calibration, paired tests.

import Testing

@testable import Training

@Suite("Figures of an evaluation")
struct EvaluationTests {
    /// Wilson's intervals from published tables: 8 of 10, and all of 10.
    @Test("intervals of accuracies are Wilson's", arguments: [(8, 0.4902, 0.9433), (10, 0.7225, 1)])
    func interval(correct: Int, low: Double, high: Double) {
        let interval = ConfusionMatrix(rows: [[correct, 10 - correct], [0, 0]]).accuracyInterval
        #expect(abs(interval.lowerBound - low) < 5e-5 && abs(interval.upperBound - high) < 5e-5)
        #expect(ConfusionMatrix(classes: 2).accuracyInterval == 0...1)
    }

    @Test("the expected calibration error is the mean difference of confidence and accuracy")
    func calibration() {
        var calibration = Calibration()
        #expect(calibration.expectedError == 0)
        // Ten predictions of probability 0.8, of which six are right, and ten of 0.6, of which all are.
        for number in 0..<20 {
            let odds: Float = number < 10 ? 4 : 1.5
            let label = number < 6 || number >= 10 ? 0 : 1
            calibration.add(
                Prediction(id: 0, row: 0, label: label, predicted: 0, logits: [log(odds), 0]))
        }
        #expect(abs(calibration.expectedError - (0.2 + 0.4) / 2) < 1e-6)
        #expect(calibration.bins.map(\.samples).filter { $0 > 0 } == [10, 10])
    }

    /// 1 and 9 discordant pairs: 2 (1 + 10) / 1024.
    @Test("the paired test is the exact binomial test of the samples on which two models differ")
    func paired() {
        func test(_ first: Int, _ second: Int) -> PairedTest {
            PairedTest(
                Array(repeating: true, count: first + 5) + Array(repeating: false, count: second),
                Array(repeating: false, count: first) + Array(repeating: true, count: second + 5))
        }
        #expect(test(1, 9).onlyFirst == 1 && test(1, 9).onlySecond == 9)
        #expect(abs(test(1, 9).probability - 22.0 / 1024) < 1e-12)
        #expect(test(9, 1).probability == test(1, 9).probability)
        #expect(test(0, 0).probability == 1 && test(4, 4).probability == 1)
        #expect(test(0, 3000).probability < 1e-100)
    }

    @Test(
        "an epoch has at most fifty points of loss, whose mean is that of all its samples",
        arguments: [1, 7, 50, 51, 120])
    func pieces(steps: Int) {
        var pieces = LossPieces(epoch: 2, steps: steps)
        var total = 0.0
        let points = (0..<steps).compactMap { step in
            total += Double(step)
            return pieces.add(Score(loss: Double(step) * 4, correct: 0, count: 4), step: step)
        }
        #expect((1...50).contains(points.count) && points.last?.epochs == 3)
        let widths = zip([2.0] + points.map(\.epochs), points.map(\.epochs)).map { ($1 - $0) * Double(steps) }
        let sum = zip(points, widths).reduce(0) { $0 + $1.0.loss * $1.1 }
        #expect(abs(sum - total) < 1e-9 * max(total, 1))
    }

    private func log(_ value: Float) -> Float { Float(value == 4 ? 1.3862944 : 0.4054651) }
}
