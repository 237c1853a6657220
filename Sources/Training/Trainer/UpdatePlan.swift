// The update after a backward pass: completes the gradients, then steps the weights.

internal import CTensor
internal import Parallel

/// The optimizer's step as tasks that write different parameters. The tasks depend only on the architecture, so
/// results do not depend on the number of workers.
final class UpdatePlan: @unchecked Sendable {
    private enum Task {
        /// Rows of a linear layer's weight: dW = dYᵀ X over the batch.
        case linearRows(LinearEnds, Range<Int>)
        case linearBias(LinearEnds)
        case convolution(Int)
        case normalization(Int)
    }

    /// Floats of a tile of weights: a tile and its moments should fit in a core's second-level cache.
    private static let tileFloats = 1 << 16

    private let recipe: Recipe
    private let workers: NetworkTeam
    private let gradients: GradientParts
    private let state: TrainingState
    private let gradient: FloatBuffer
    private let tasks: [Task]

    init(_ recipe: Recipe, _ workers: NetworkTeam, _ gradients: GradientParts, _ state: TrainingState) {
        self.recipe = recipe
        self.workers = workers
        self.gradients = gradients
        self.state = state
        gradient = FloatBuffer(state.weights.buffer.count)
        tasks = Self.makeTasks(workers.networks[0])
    }

    /// Large tasks first, so that workers finish together.
    private static func makeTasks(_ network: Network) -> [Task] {
        var sized: [(cost: Int, task: Task)] = []
        for ends in network.linears {
            let layer = network.architecture.layers[ends.index]
            let (rows, columns) = (layer.output.count, layer.input.count)
            // A tile is a whole number of packed panels.
            let tile = 16 * max(tileFloats / columns / 16, 1)
            for first in Swift.stride(from: 0, to: rows, by: tile) {
                let range = first..<min(first + tile, rows)
                sized.append((range.count * columns * 8, .linearRows(ends, range)))
            }
            sized.append((rows, .linearBias(ends)))
        }
        for (index, layer) in network.architecture.layers.enumerated() {
            switch layer.specification {
            case .convolution: sized.append((layer.parameterCount * 8, .convolution(index)))
            case .batchNormalization: sized.append((layer.parameterCount, .normalization(index)))
            default: break
            }
        }
        let order = sized.indices.sorted { (-sized[$0].cost, $0) < (-sized[$1].cost, $1) }
        return order.map { sized[$0].task }
    }

    /// Takes one step after a batch of `count` samples.
    ///
    /// - Parameter rate: the learning rate of this step
    func apply(count: Int, rate: Double) {
        state.step += 1
        let parts = workers.parts(of: count)
        workers.team.perform(tasks.count) { [self] member, task in
            withoutDenormals {
                switch tasks[task] {
                case .linearRows(let ends, let rows): updateRows(ends, rows, count, rate)
                case .linearBias(let ends): updateBias(ends, count, rate)
                case .convolution(let index): updateConvolution(index, member, parts, rate)
                case .normalization(let index): updateNormalization(index, parts, count, rate)
                }
            }
        }
    }

    private func updateRows(_ ends: LinearEnds, _ rows: Range<Int>, _ count: Int, _ rate: Double) {
        let layer = workers.architecture.layers[ends.index]
        let (outputs, inputs) = (layer.output.count, layer.input.count)
        let start = layer.parameters[0].offset + rows.lowerBound * inputs
        tensor_outer_products(
            rows.count, inputs, count, ends.outputGradient.whole + rows.lowerBound, outputs,
            ends.input.whole, inputs, gradient + start, inputs)
        step(start..<start + rows.count * inputs, rate, factor: factor(ends))
        state.weights.pack(rows, of: ends.index, with: ends.layer)
    }

    private func updateBias(_ ends: LinearEnds, _ count: Int, _ rate: Double) {
        let bias = workers.architecture.layers[ends.index].parameters[1]
        tensor_column_sums(ends.outputGradient.whole, count, bias.count, 0, gradient + bias.offset)
        step(bias.range, rate, factor: factor(ends))
    }

    private func factor(_ ends: LinearEnds) -> Double {
        ends.index == workers.networks[0].linears.last?.index ? recipe.headRate : 1
    }

    private func updateConvolution(_ index: Int, _ member: Int, _ parts: Int, _ rate: Double) {
        guard let own = gradients.convolution(index),
            let convolution = workers.networks[member].convolutions.first(where: { $0.index == index })?.layer
        else { return }
        let parameters = workers.architecture.layers[index].parameters
        // Summed into the first part, which is not needed afterwards.
        sum(own.weight, parts, own.weight.stride, to: own.weight(0))
        convolution.unpack(own.weight.buffer, to: gradient + parameters[0].offset)
        sum(own.bias, parts, parameters[1].count, to: gradient + parameters[1].offset)
        if parameters[0].isLearnt { step(parameters[0].range, rate) }
        step(parameters[1].range, rate)
        state.weights.pack(index, with: convolution)
    }

    private func updateNormalization(_ index: Int, _ parts: Int, _ count: Int, _ rate: Double) {
        guard let own = gradients.normalization(index) else { return }
        let layer = workers.architecture.layers[index]
        let parameters = layer.parameters
        sum(own.weight, parts, parameters[0].count, to: gradient + parameters[0].offset)
        sum(own.bias, parts, parameters[1].count, to: gradient + parameters[1].offset)
        step(parameters[0].range, rate)
        step(parameters[1].range, rate)
        let pixels = layer.input.height * layer.input.width
        let (mean, variance) = (
            state.weights.buffer + parameters[2].offset, state.weights.buffer + parameters[3].offset
        )
        for channel in 0..<layer.input.channels {
            var (means, variances, counted): (Float, Float, Float) = (0, 0, 0)
            for part in 0..<parts {
                let samples = Float(min(workers.microBatch, count - part * workers.microBatch) * pixels)
                // One value has no variance.
                if samples == 1 { continue }
                counted += 1
                means += own.mean(part)[channel]
                // PyTorch's running variance is the unbiased one.
                variances += own.variance(part)[channel] * samples / (samples - 1)
            }
            if counted == 0 { continue }
            let share = BatchStatistics.momentum
            mean[channel] += (means / counted - mean[channel]) * share
            variance[channel] += (variances / counted - variance[channel]) * share
        }
        average(parameters[2].range)
        average(parameters[3].range)
    }

    private func sum(
        _ parts: GradientParts.Parts, _ count: Int, _ length: Int, to target: UnsafeMutablePointer<Float>
    ) {
        if count == 1, target == parts(0) { return }
        tensor_sum_parts(parts(0), parts.stride, count, length, target)
    }

    /// - Parameter factor: of the rate alone, not of what the decay takes away
    private func step(_ range: Range<Int>, _ rate: Double, factor: Double = 1) {
        recipe.optimizer.apply(
            range, step: state.step, rate: rate * factor, decay: recipe.weightDecay / factor,
            weights: state.weights.buffer, gradient: gradient, moments: state.moments)
        average(range)
    }

    private func average(_ range: Range<Int>) {
        guard let average = state.average else { return }
        // At first the average of all steps so far: a fixed share would keep the first weights for too long.
        let share = max(1 - recipe.averaging, 1 / Double(state.step))
        tensor_average(
            average.buffer + range.lowerBound, state.weights.buffer + range.lowerBound, range.count,
            Float(share))
    }
}
