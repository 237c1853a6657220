// A linear layer by matrix products, with bias and ReLU.

internal import CConvolution
internal import CTensor

/// y = x Wᵀ + b. Its weight gradient is not its business: the trainer computes that over the whole batch.
final class Linear: Layer {
    private let weight, bias: Parameter
    private let wiring: Wiring
    private let rows, inputs, outputs: Int
    private let rectifies: Bool

    init(_ layer: PlacedLayer, microBatch: Int, rectifies: Bool, wiring: Wiring) {
        (weight, bias) = (layer.parameters[0], layer.parameters[1])
        self.wiring = wiring
        rows = microBatch
        inputs = layer.input.count
        outputs = layer.output.count
        self.rectifies = rectifies
    }

    func forward(_ pass: Pass) {
        let output = wiring.output.at(pass.part)
        multiply(
            "N", "T", rows, outputs, inputs, wiring.input.at(pass.part), inputs,
            pass.weights.values + weight.offset, inputs, output, outputs)
        tensor_add_bias(output, pass.weights.values + bias.offset, rows, outputs, rectifies ? 1 : 0)
    }

    func backward(_ pass: Pass) {
        let gradient = wiring.outputGradient.at(pass.part)
        if rectifies { tensor_relu_backward(wiring.output.at(pass.part), gradient, rows * outputs) }
        guard let inputGradient = wiring.inputGradient else { return }
        multiply(
            "N", "N", rows, inputs, outputs, gradient, outputs, pass.weights.values + weight.offset, inputs,
            inputGradient.at(pass.part), inputs)
    }
}

/// C = op(A) op(B), row-major, on the calling thread.
///
/// - Parameters:
///   - rows, columns: C's; `depth` is what is summed over
///   - aStride, bStride, cStride: floats from row to row as stored
func multiply(
    _ aOperation: Character, _ bOperation: Character, _ rows: Int, _ columns: Int, _ depth: Int,
    _ a: UnsafePointer<Float>, _ aStride: Int, _ b: UnsafePointer<Float>, _ bStride: Int,
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int
) {
    let status = matrix_product(
        CChar(aOperation.asciiValue ?? 0), CChar(bOperation.asciiValue ?? 0), Int64(rows), Int64(columns),
        Int64(depth), a, Int64(aStride), b, Int64(bStride), 0, c, Int64(cStride))
    precondition(status == 0, "oneDNN status \(status)")
}
