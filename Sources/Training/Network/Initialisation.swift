// Initial weights.

internal import Dataset
internal import Imaging

extension WeightSet {
    /// Draws all parameters. Each tensor has its own random stream, which fills it in PyTorch's order, so the values
    /// depend only on seed, kind and architecture.
    func initialise(_ kind: Initialisation, seed: UInt64) {
        for (index, layer) in architecture.layers.enumerated() {
            for (position, parameter) in layer.parameters.enumerated() {
                var random = SeededRandom(
                    seed: seed, purpose: .initialisation, epoch: UInt64(index), sample: UInt64(position))
                parameter.set(Self.values(of: parameter, position, in: layer, kind, &random), in: buffer)
            }
        }
    }

    /// - Parameter position: 0 for weights, 1 for biases, 2 and 3 for running mean and variance
    private static func values(
        of parameter: Parameter, _ position: Int, in layer: PlacedLayer, _ kind: Initialisation,
        _ random: inout SeededRandom
    ) -> [Float] {
        if layer.specification == .batchNormalization {
            return Array(repeating: position == 0 || position == 3 ? 1 : 0, count: parameter.count)
        }
        let shape = layer.parameters[0].shape
        let field = shape.dropFirst(2).reduce(1, *)
        let (fanIn, fanOut) = (Double(shape[1] * field), Double(shape[0] * field))
        func uniform(_ limit: Double) -> [Float] {
            (0..<parameter.count).map { _ in Float(random.symmetric(limit)) }
        }
        switch (kind, position) {
        case (.pytorch, _): return uniform(1 / fanIn.squareRoot())
        case (.identity, _):
            var values = uniform(1 / fanIn.squareRoot())
            guard parameter.shape.count == 4, let side = shape.last else { return values }
            let centre = side / 2 * side + side / 2
            for filter in 0..<min(shape[0], shape[1]) {
                for place in 0..<shape[1] * field {
                    values[filter * shape[1] * field + place] = place == filter * field + centre ? 1 : 0
                }
            }
            return values
        case (.keras, 0): return uniform((6 / (fanIn + fanOut)).squareRoot())
        case (.kaiming, 0):
            let standardDeviation = (2 / fanIn).squareRoot()
            return (0..<parameter.count).map { _ in Float(normal(&random) * standardDeviation) }
        default: return Array(repeating: 0, count: parameter.count)
        }
    }

    /// A standard normal number: the sum of twelve uniform numbers minus six (Irwin and Hall). Its first three moments
    /// are exact, and it calls no function of the C library, whose versions differ in the last bits.
    private static func normal(_ random: inout SeededRandom) -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + random.unit() }
    }
}
