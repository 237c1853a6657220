// The first convolution, ReLU and 2x2 pooling of a network, as one layer.

internal import CTensor

/// A convolution of gray pixels whose output is pooled while it is in registers. This is faster than separate layers,
/// because the output before pooling, four fifths of a small network's memory, is never written.
final class FirstConvolution: ConvolutionLayer {
    private let index: Int
    private let wiring: Wiring
    private let shape: tensor_first_shape
    private let input: FeatureShape
    private let padding: (before: Int, after: Int)
    private let outputCount, microBatch: Int
    /// One padded image, whose border stays zero.
    private let padded: FloatBuffer
    /// The position of each maximum in its window.
    private let chosen: UnsafeMutablePointer<UInt8>

    /// Whether the layers from `index` on are such a convolution, ReLU and pooling.
    static func fits(_ layers: [PlacedLayer], at index: Int) -> Bool {
        guard index + 2 < layers.count, layers[index].input.channels == 1,
            case .convolution(let filters, let kernel, _) = layers[index].specification,
            layers[index + 1].specification == .relu, layers[index + 2].specification == .maxPool(2)
        else { return false }
        return filters % 16 == 0 && (2...5).contains(kernel)
    }

    init(_ layers: [PlacedLayer], index: Int, microBatch: Int, wiring: Wiring) {
        guard case .convolution(let filters, let kernel, let padding) = layers[index].specification else {
            preconditionFailure("not a convolution")
        }
        self.index = index
        self.wiring = wiring
        self.microBatch = microBatch
        self.padding = padding.amounts(kernel: kernel)
        input = layers[index].input
        let output = layers[index + 2].output
        let added = self.padding.before + self.padding.after
        shape = tensor_first_shape(
            padded_width: Int32(input.width + added), rows: Int32(output.height),
            columns: Int32(output.width), channels: Int32(filters), kernel: Int32(kernel))
        outputCount = output.count
        padded = FloatBuffer((input.width + added) * (input.height + added))
        chosen = .allocate(capacity: microBatch * outputCount)
        chosen.initialize(repeating: 0, count: microBatch * outputCount)
    }

    deinit { chosen.deallocate() }

    private var weightCount: Int { Int(shape.kernel * shape.kernel * shape.channels) }

    var forwardCount: Int { weightCount }
    var backwardCount: Int { 0 }
    var gradientCount: Int { weightCount }

    func pack(_ weights: UnsafePointer<Float>, forward: FloatBuffer, backward: FloatBuffer) {
        forEachWeight { forward.base[$0] = weights[$1] }
    }

    func unpack(_ packed: FloatBuffer, to gradient: UnsafeMutablePointer<Float>) {
        forEachWeight { gradient[$1] = packed.base[$0] }
    }

    /// Calls `body` with the index of each weight in packed order, [ky, kx, channel], and in PyTorch's.
    private func forEachWeight(_ body: (_ packed: Int, _ plain: Int) -> Void) {
        let (channels, area) = (Int(shape.channels), Int(shape.kernel * shape.kernel))
        for channel in 0..<channels {
            for place in 0..<area { body(place * channels + channel, channel * area + place) }
        }
    }

    func forward(_ pass: Pass) {
        let weights = pass.weights.packed(index)
        let output = wiring.output.at(pass.images), chosen = chosen + pass.images.first * outputCount
        for row in 0..<pass.count {
            pad(wiring.input.at(pass.images) + row * input.count)
            tensor_first_forward(
                shape, padded.base, weights.forward.base, weights.bias, output + row * outputCount,
                chosen + row * outputCount)
        }
    }

    func backward(_ pass: Pass) {}

    func backwardWeights(_ pass: Pass) {
        guard let gradients = pass.gradients?.convolution(index) else { return }
        let (weight, bias) = (gradients.weight(pass.images.part), gradients.bias(pass.images.part))
        weight.update(repeating: 0, count: weightCount)
        bias.update(repeating: 0, count: Int(shape.channels))
        let (output, gradient) = (wiring.output.at(pass.images), wiring.outputGradient.at(pass.images))
        for row in 0..<pass.count {
            pad(wiring.input.at(pass.images) + row * input.count)
            let first = row * outputCount
            tensor_first_backward(
                shape, padded.base, output + first, chosen + first, gradient + first, weight, bias)
        }
    }

    private func pad(_ image: UnsafePointer<Float>) {
        let stride = Int(shape.padded_width)
        for y in 0..<input.height {
            (padded + (y + padding.before) * stride + padding.before)
                .update(from: image + y * input.width, count: input.width)
        }
    }
}
