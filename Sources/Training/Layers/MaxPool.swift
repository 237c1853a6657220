// Max pooling, fused with the ReLU that may precede it.

internal import CTensor

/// Maximum over square windows that do not overlap.
final class MaxPool: Layer {
    private let shape: tensor_pool_shape
    private let wiring: Wiring
    /// The position of each maximum in its window.
    private let chosen: UnsafeMutablePointer<UInt8>
    private let rectifies: Int32

    init(_ layer: PlacedLayer, window: Int, microBatch: Int, rectifies: Bool, wiring: Wiring) {
        shape = tensor_pool_shape(
            batch: Int32(microBatch), height: Int32(layer.input.height), width: Int32(layer.input.width),
            channels: Int32(layer.input.channels), window: Int32(window))
        self.wiring = wiring
        self.rectifies = rectifies ? 1 : 0
        chosen = .allocate(capacity: microBatch * layer.output.count)
        chosen.initialize(repeating: 0, count: microBatch * layer.output.count)
    }

    deinit { chosen.deallocate() }

    func forward(_ pass: Pass) {
        tensor_max_pool(shape, wiring.input.at(pass.part), wiring.output.at(pass.part), chosen, rectifies)
    }

    func backward(_ pass: Pass) {
        guard let inputGradient = wiring.inputGradient else { return }
        tensor_max_pool_backward(
            shape, wiring.output.at(pass.part), chosen, wiring.outputGradient.at(pass.part),
            inputGradient.at(pass.part), rectifies)
    }
}
