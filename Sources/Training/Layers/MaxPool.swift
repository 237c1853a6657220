// Max pooling, fused with the ReLU that may precede it.

internal import CTensor

/// Maximum over square windows that do not overlap.
final class MaxPool: Layer {
    private let outputCount: Int
    private let shape: tensor_pool_shape
    private let wiring: Wiring
    /// The position of each maximum in its window.
    private let chosen: UnsafeMutablePointer<UInt8>
    private let rectifies: Int32

    init(_ layer: PlacedLayer, window: Int, microBatch: Int, rectifies: Bool, wiring: Wiring) {
        outputCount = layer.output.count
        shape = tensor_pool_shape(
            batch: 0, height: Int32(layer.input.height), width: Int32(layer.input.width),
            channels: Int32(layer.input.channels), window: Int32(window))
        self.wiring = wiring
        self.rectifies = rectifies ? 1 : 0
        chosen = .allocate(capacity: microBatch * outputCount)
        chosen.initialize(repeating: 0, count: microBatch * outputCount)
    }

    deinit { chosen.deallocate() }

    func forward(_ pass: Pass) {
        tensor_max_pool(
            shape(pass.images), wiring.input.at(pass.images), wiring.output.at(pass.images),
            chosen + pass.images.first * outputCount, rectifies)
    }

    func backward(_ pass: Pass) {
        guard let inputGradient = wiring.inputGradient else { return }
        tensor_max_pool_backward(
            shape(pass.images), wiring.output.at(pass.images), chosen + pass.images.first * outputCount,
            wiring.outputGradient.at(pass.images), inputGradient.at(pass.images), rectifies)
    }

    private func shape(_ images: Images) -> tensor_pool_shape {
        var shape = shape
        shape.batch = Int32(images.count)
        return shape
    }
}
