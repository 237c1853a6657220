// The state of a training: weights, the optimizer's moments, the number of steps.

/// Everything that a training changes.
final class TrainingState: @unchecked Sendable {
    let weights: WeightSet
    let moments: [FloatBuffer]
    /// The running average of the weights, if the recipe has one.
    let average: WeightSet?
    /// Steps taken.
    var step = 0

    init(_ architecture: Architecture, recipe: Recipe) {
        let weights = WeightSet(architecture)
        self.weights = weights
        moments = (0..<recipe.optimizer.moments).map { _ in FloatBuffer(weights.buffer.count) }
        average = recipe.averaging > 0 ? WeightSet(architecture) : nil
    }

    /// The weights that are evaluated and saved.
    var model: WeightSet { average ?? weights }
}
