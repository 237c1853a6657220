// Optimizers and schedules against PyTorch's committed results.

import CTensor
import TestSupport
import Testing

@testable import Training

/// The mask of one sample, as the layer draws it.
func dropoutMask(key: UInt64, sample: UInt64, threshold: UInt32, count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        tensor_dropout_mask(key, sample, threshold, buffer.baseAddress, count)
        initialized = count
    }
}

@Suite("Optimizers and schedules")
struct OptimizerTests {
    private static let optimizers: [(name: String, optimizer: Optimizer, rate: Double, decay: Double)] = [
        ("sgd", .sgd(momentum: 0, nesterov: false), 0.1, 0),
        ("momentum", .sgd(momentum: 0.9, nesterov: false), 0.1, 0.01),
        ("nesterov", .sgd(momentum: 0.9, nesterov: true), 0.1, 0),
        ("adam", .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), 0.01, 0.1),
        ("adamw", .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), 0.01, 0.1),
    ]

    @Test("five steps lead where PyTorch's lead", arguments: optimizers.indices)
    func steps(index: Int) throws {
        let (name, optimizer, rate, decay) = Self.optimizers[index]
        let goldens = try WeightsFile(reading: Fixtures.path("training-golden.safetensors"))
        let (weights, gradient) = (FloatBuffer(50), FloatBuffer(50))
        let moments = (0..<optimizer.moments).map { _ in FloatBuffer(50) }
        for (index, value) in noise(50, salt: 700).enumerated() { weights.base[index] = value }
        for step in 0..<5 {
            for (index, value) in noise(50, salt: 701 + step).enumerated() {
                gradient.base[index] = value * 0.1
            }
            // In two pieces, as tasks do it.
            for range in [0..<13, 13..<50] {
                optimizer.apply(
                    range, step: step + 1, rate: rate, decay: decay, weights: weights, gradient: gradient,
                    moments: moments)
            }
        }
        let oracle = try #require(goldens["optimizer/\(name)"]?.values)
        #expect(difference(Array(weights.values), oracle) < 1e-5)
    }

    private static let schedules: [(name: String, schedule: Schedule, total: Int)] = [
        ("step", .step(epochs: 2, factor: 0.1), 40), ("cosine", .cosine(warmup: 0), 40),
        ("one-cycle", .oneCycle(rise: 0.3), 41),
    ]

    @Test("learning rates of forty steps are PyTorch's", arguments: schedules.indices)
    func schedule(index: Int) throws {
        let (name, schedule, total) = Self.schedules[index]
        let goldens = try WeightsFile(reading: Fixtures.path("training-golden.safetensors"))
        let rates = (0..<40).map { Float(schedule.factor(step: $0, of: total, stepsPerEpoch: 10)) }
        let oracle = try #require(goldens["schedule/\(name)"]?.values)
        #expect(difference(rates, oracle) < 1e-5)
    }

    @Test("a cycle whose rise is one step begins at its top")
    func shortCycle() {
        let schedule = Schedule.oneCycle(rise: 0.1)
        let rates = (0..<10).map { schedule.factor(step: $0, of: 10, stepsPerEpoch: 10) }
        #expect(rates[0] == 1 && zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
        #expect(abs(rates[9] - 1.0 / 25 / 1e4) < 1e-12)
    }

    @Test("a warm-up rises evenly to the full rate")
    func warmup() {
        let schedule = Schedule.cosine(warmup: 0.1)
        let rates = (0..<10).map { schedule.factor(step: $0, of: 100, stepsPerEpoch: 10) }
        #expect(zip(rates, 1...10).allSatisfy { abs($0 - Double($1) / 10) < 1e-12 })
        #expect(schedule.factor(step: 10, of: 100, stepsPerEpoch: 10) == 1)
        #expect(schedule.factor(step: 99, of: 100, stepsPerEpoch: 10) < 0.001)
    }
}
