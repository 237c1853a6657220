// One step of an optimizer.

internal import CTensor
internal import Dataset

extension Optimizer {
    /// Number of arrays, as large as the weights, that are kept between steps.
    var moments: Int {
        if case .sgd = self { 1 } else { 2 }
    }

    /// Applies one step to `range` of the parameters.
    ///
    /// - Parameters:
    ///   - step: counted from 1
    ///   - rate: the learning rate of this step
    ///   - decay: weight decay
    func apply(
        _ range: Range<Int>, step: Int, rate: Double, decay: Double, weights: FloatBuffer,
        gradient: FloatBuffer, moments: [FloatBuffer]
    ) {
        let (w, g, first) = (weights + range.lowerBound, gradient + range.lowerBound, range.lowerBound)
        switch self {
        case .sgd(let momentum, let nesterov):
            tensor_sgd(
                w, moments[0] + first, g, range.count, Float(rate), momentum, Float(decay), nesterov ? 1 : 0)
        case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
            var isDecoupled: Int32 = 0
            if case .adamW = self { isDecoupled = 1 }
            let settings = tensor_adam_step(
                rate: Float(rate), beta1: beta1, beta2: beta2, epsilon: epsilon, decay: Float(decay),
                decoupled: isDecoupled, correction1: Float(1 - power(Double(beta1), step)),
                correction2: Float((1 - power(Double(beta2), step)).squareRoot()))
            tensor_adam(w, moments[0] + first, moments[1] + first, g, range.count, settings)
        }
    }
}
