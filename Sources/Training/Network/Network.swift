// One worker's network: layers wired to memory for one micro-batch.

/// Activations that all workers share: the inputs and output gradients of linear layers, whose weight
/// gradients are computed over the whole batch.
final class BatchMemory {
    let input: Activation
    let microBatch: Int
    /// Micro-batches per batch.
    let parts: Int
    private var values: [Int: Activation] = [:]
    private var gradients: [Int: Activation] = [:]

    init(_ architecture: Architecture, microBatch: Int, parts: Int) {
        input = Activation(external: architecture.input.byteCount, images: microBatch)
        self.microBatch = microBatch
        self.parts = parts
    }

    /// The output of `layer`, which the linear layer after it reads.
    fileprivate func values(of layer: Int, count: Int) -> Activation {
        if let activation = values[layer] { return activation }
        let activation = Activation(shared: count, images: microBatch, parts: parts)
        values[layer] = activation
        return activation
    }

    /// The gradient of a linear layer's output.
    fileprivate func gradient(of layer: Int, count: Int) -> Activation {
        if let activation = gradients[layer] { return activation }
        let activation = Activation(shared: count, images: microBatch, parts: parts)
        gradients[layer] = activation
        return activation
    }
}

/// A linear layer with its input and output gradient, which are in shared memory.
struct LinearEnds {
    let index: Int
    let layer: Linear
    let input, outputGradient: Activation
}

/// All layers of one worker.
final class Network: @unchecked Sendable {
    let architecture: Architecture
    private var stages: [Stage] = []
    private(set) var convolutions: [(index: Int, layer: any ConvolutionLayer)] = []
    private(set) var linears: [LinearEnds] = []
    private(set) var logits: Activation
    private(set) var logitsGradient: Activation
    private let memory: BatchMemory
    private let cache: Int

    /// - Parameter cache: floats of some images that a stage should keep in the cache
    init(_ architecture: Architecture, memory: BatchMemory, cache: Int = Stage.cache) {
        self.architecture = architecture
        self.memory = memory
        self.cache = cache
        logits = memory.input
        logitsGradient = memory.input
        var values = memory.input
        var gradient: Activation?
        var absorbed: Set<Int> = []
        for index in architecture.layers.indices where !absorbed.contains(index) {
            if gradient == nil, FirstConvolution.fits(architecture.layers, at: index) {
                absorbed = [index + 1, index + 2]
                addFirst(index, &values, &gradient)
                continue
            }
            if rectifier(after: index) == index + 1 { absorbed.insert(index + 1) }
            add(index, &values, &gradient)
        }
        logits = values
        logitsGradient = gradient ?? memory.input
    }

    /// Layers that take packed weights.
    var packed: [(index: Int, layer: any PackedWeights)] {
        convolutions.map { ($0.index, $0.layer) } + linears.map { ($0.index, $0.layer) }
    }

    /// - Parameter pass: a whole micro-batch
    func forward(_ pass: Pass) {
        for stage in stages {
            stage.forEachGroup(of: pass) { group in for layer in stage.layers { layer.forward(group) } }
        }
    }

    /// - Parameter pass: the micro-batch that `forward` was called with last
    func backward(_ pass: Pass) {
        for stage in stages.reversed() {
            stage.forEachGroup(of: pass) { group in
                for layer in stage.layers.reversed() { layer.backward(group) }
            }
            for layer in stage.layers { layer.backwardWeights(pass) }
        }
    }

    /// Adds a layer to the current stage, or to a new one if it `needsAll` images of the micro-batch before.
    ///
    /// - Parameter placed: the layer that it computes
    private func append(_ layer: any Layer, _ placed: PlacedLayer, needsAll: Bool = false) {
        if needsAll || stages.last?.isOpen != true { stages.append(Stage(cache: cache, placed.input)) }
        stages[stages.count - 1].append(layer, placed)
    }

    /// The index of the ReLU after the layer at `index`, if it is fused: with this layer, or with the pooling after
    /// the ReLU, which has fewer values.
    private func rectifier(after index: Int) -> Int? {
        let next = specification(index + 1) == .relu ? index + 1 : nil
        switch specification(index) {
        case .linear, .convolution, .batchNormalization: return next
        default: return nil
        }
    }

    private func specification(_ index: Int) -> LayerSpecification? {
        architecture.layers.indices.contains(index) ? architecture.layers[index].specification : nil
    }

    private func isPool(_ index: Int) -> Bool {
        if case .maxPool = specification(index) { true } else { false }
    }

    /// Whether a linear layer reads the memory that the layer at `index` writes: only layers that work in place may
    /// lie between.
    private func feedsLinear(_ index: Int) -> Bool {
        switch specification(index + 1) {
        case .linear: true
        case .relu, .dropout, .flatten: feedsLinear(index + 1)
        default: false
        }
    }

    /// Adds the convolution at `index` together with the ReLU and the pooling after it.
    private func addFirst(_ index: Int, _ values: inout Activation, _ gradient: inout Activation?) {
        let wiring = wire(index + 2, architecture.layers[index + 2], from: values, nil)
        let layer = FirstConvolution(
            architecture.layers, index: index, microBatch: memory.microBatch, wiring: wiring)
        convolutions.append((index, layer))
        append(layer, architecture.layers[index + 2])
        (values, gradient) = (wiring.output, wiring.outputGradient)
    }

    /// Adds the layer at `index`, which reads `values` and writes new ones, or works in place.
    private func add(_ index: Int, _ values: inout Activation, _ gradient: inout Activation?) {
        let layer = architecture.layers[index]
        let microBatch = memory.microBatch
        switch layer.specification {
        case .flatten, .softmax: return
        // `Architecture` refuses these two directly after the pixels, so they always have a gradient.
        case .relu:
            guard let gradient else { return }
            append(ReLU(values: values, gradient: gradient, count: layer.output.count), layer)
            return
        case .dropout(let share):
            guard let gradient else { return }
            append(
                Dropout(
                    share: share, count: layer.output.count, index: index, microBatch: microBatch,
                    values: values, gradient: gradient), layer)
            return
        default: break
        }
        let wiring = wire(index, layer, from: values, gradient)
        addComputing(index, layer, wiring)
        (values, gradient) = (wiring.output, wiring.outputGradient)
    }

    private func wire(
        _ index: Int, _ layer: PlacedLayer, from values: Activation, _ gradient: Activation?
    ) -> Wiring {
        let count = layer.output.count
        return Wiring(
            input: values,
            output: feedsLinear(index)
                ? memory.values(of: index, count: count)
                : Activation(private: count, images: memory.microBatch, isPassing: feedsPool(index)),
            inputGradient: gradient, outputGradient: outputGradient(of: index, count: count))
    }

    private func outputGradient(of index: Int, count: Int) -> Activation {
        if case .linear = specification(index) { return memory.gradient(of: index, count: count) }
        // A convolution reads what the normalization has padded, and asks for no other memory.
        return feedsNormalization(index)
            ? Activation(external: count, images: memory.microBatch)
            : Activation(
                private: count, images: memory.microBatch, isPassing: isConvolution(index) && feedsPool(index)
            )
    }

    private func isConvolution(_ index: Int) -> Bool {
        if case .convolution = specification(index) { true } else { false }
    }

    /// Whether the layer at `index` is followed by pooling in its stage, which alone needs its output.
    private func feedsPool(_ index: Int) -> Bool {
        guard isConvolution(index) || specification(index) == .batchNormalization else { return false }
        return isPool(specification(index + 1) == .relu ? index + 2 : index + 1)
    }

    /// Whether the layer at `index` is a convolution with a batch normalization after it.
    private func feedsNormalization(_ index: Int) -> Bool {
        isConvolution(index) && specification(index + 1) == .batchNormalization
    }

    private func addComputing(_ index: Int, _ layer: PlacedLayer, _ wiring: Wiring) {
        let microBatch = memory.microBatch
        let rectifies = rectifier(after: index) != nil && !feedsPool(index)
        switch layer.specification {
        case .convolution:
            let convolution = Convolution(
                layer, index: index, microBatch: microBatch, rectifies: rectifies,
                isGradientPadded: feedsNormalization(index), wiring: wiring)
            convolutions.append((index, convolution))
            append(convolution, layer)
        case .batchNormalization:
            let statistics = BatchStatistics(layer, index: index)
            let convolution = feedsNormalization(index - 1) ? convolutions.last?.layer as? Convolution : nil
            let moments = BatchMoments(
                statistics, wiring: wiring,
                target: convolution?.gradientInput ?? PaddedImages(layer.input, 0, 0, microBatch: microBatch))
            append(moments, layer)
            append(
                BatchNormalization(statistics, after: moments, rectifies: rectifies, wiring: wiring),
                layer, needsAll: true)
        case .maxPool(let window):
            let before = specification(index - 1) == .relu && rectifier(after: index - 2) == index - 1
            append(
                MaxPool(layer, window: window, microBatch: microBatch, rectifies: before, wiring: wiring),
                layer)
        case .linear:
            let linear = Linear(layer, index: index, rectifies: rectifies, wiring: wiring)
            linears.append(
                LinearEnds(
                    index: index, layer: linear, input: wiring.input, outputGradient: wiring.outputGradient))
            append(linear, layer, needsAll: true)
        case .relu, .dropout, .flatten, .softmax: break
        }
    }
}
