// A recipe's layers with their shapes and parameters.

public import Dataset

/// The shape of a layer's input or output for one sample.
public struct FeatureShape: Sendable, Equatable, CustomStringConvertible {
    /// If `isFlat`, height and width are 1, and channels count all values.
    public var height, width, channels: Int
    /// Whether it has one dimension, as after `flatten`.
    public var isFlat = false

    /// Number of values.
    public var count: Int { height * width * channels }

    /// Whether memory (NHWC) holds the values in another order than PyTorch (NCHW).
    var isReordered: Bool { channels > 1 && height * width > 1 }

    /// As PyTorch writes shapes: `32x28x28` or `3136`.
    public var description: String { isFlat ? "\(count)" : "\(channels)x\(height)x\(width)" }
}

/// A tensor of parameters, or of running statistics.
public struct Parameter: Sendable, Equatable {
    /// The name in the state dict of a `torch.nn.Sequential` of the same layers: `0.weight`.
    public let name: String
    /// PyTorch's: OIHW for convolutions, [out, in] for linear layers.
    public let shape: [Int]
    /// Where it begins in the flat buffer of all parameters, a multiple of 16 floats.
    let offset: Int
    /// False for running statistics and whitening filters, which are saved with the parameters but are not trained.
    public let isLearnt: Bool
    /// For the weight of a linear layer after `flatten`: the shape before it. The weight's columns are in NHWC order
    /// in memory, as the activations are, and in PyTorch's NCHW order in files.
    let flattened: FeatureShape?

    /// Number of values.
    public var count: Int { shape.reduce(1, *) }
    var range: Range<Int> { offset..<offset + count }
}

/// One layer with its shapes and parameters.
public struct PlacedLayer: Sendable, Equatable {
    /// The layer as the recipe lists it.
    public let specification: LayerSpecification
    /// Shape of one sample before the layer.
    public let input: FeatureShape
    /// Shape of one sample after the layer.
    public let output: FeatureShape
    /// Weight, bias; for batch normalization also running mean and variance. Empty for layers without weights.
    public let parameters: [Parameter]

    /// Number of trained values, without running statistics.
    public var parameterCount: Int { parameters.lazy.filter(\.isLearnt).map(\.count).reduce(0, +) }

    /// Multiply-adds of a forward pass over one sample.
    public var multiplyAdds: Int {
        switch specification {
        case .convolution: output.height * output.width * (parameters.first?.count ?? 0)
        case .linear: parameters.first?.count ?? 0
        default: 0
        }
    }
}

/// The network of a recipe for a number of classes.
public struct Architecture: Sendable, Equatable {
    /// Shape of the input.
    public let input: ImageShape
    /// Number of classes, which is the number of outputs.
    public let classes: Int

    /// Maximum number of classes: the confusion matrix grows with its square.
    package static let classLimit = 4096
    /// All layers, from input to output.
    public let layers: [PlacedLayer]
    /// The parameters of all layers, in their order.
    public let parameters: [Parameter]
    /// Floats of the buffer that holds all parameters.
    let bufferCount: Int
    /// Whether the last layer is a softmax, whose output then goes through cross-entropy as if it were logits.
    let endsInSoftmax: Bool

    /// Maximum number of values of a layer for one sample: kernels count in 32 bits.
    private static let countLimit = 1 << 28

    /// Number of trained values of all layers.
    public var parameterCount: Int { layers.map(\.parameterCount).reduce(0, +) }

    /// Derives the shapes and parameters of all layers.
    ///
    /// - Throws: ``TrainingError`` if a layer does not fit, with its number, or if there are too many classes
    public init(_ recipe: Recipe, classes: Int) throws(TrainingError) {
        guard classes <= Self.classLimit else {
            throw .tooManyClasses(count: classes, limit: Self.classLimit)
        }
        var shape = FeatureShape(
            height: recipe.input.size.height, width: recipe.input.size.width,
            channels: recipe.input.channels)
        var builder = ParameterBuilder(isWhitening: recipe.whitening)
        var placed: [PlacedLayer] = []
        var flattened: FeatureShape?
        for (index, layer) in recipe.layers.enumerated() {
            func fail(_ reason: String) -> TrainingError {
                .layer(recipe: recipe.name, number: index, layer: layer.text, reason: reason)
            }
            if let reason = Self.problem(of: layer, after: placed, flattened) { throw fail(reason) }
            if layer == .batchNormalization, min(recipe.microBatch, recipe.batch) == 1,
                shape.height * shape.width == 1
            {
                throw fail(
                    "of one value for each channel there is no variance: take a micro_batch and a batch of 2 or more"
                )
            }
            let output: FeatureShape
            do {
                output = try Self.output(of: layer, from: shape, classes: classes)
            } catch {
                throw fail(error.reason)
            }
            if index == 0, recipe.whitening, let reason = Whitening.problem(of: layer, shape) {
                throw fail(reason)
            }
            if layer == .flatten, !shape.isFlat { flattened = shape }
            let parameters = builder.parameters(
                of: layer, index: index, from: shape, to: output, flattened: flattened)
            placed.append(
                PlacedLayer(specification: layer, input: shape, output: output, parameters: parameters))
            shape = output
            if case .linear = layer { flattened = nil }
            if layer == .softmax, index != recipe.layers.count - 1 {
                throw fail("softmax must be the last layer")
            }
        }
        if let reason = Self.problem(
            atEnd: shape, flattened, classes: classes, isLearning: builder.offset > 0)
        {
            throw .layer(
                recipe: recipe.name, number: placed.count - 1, layer: placed.last?.specification.text ?? "",
                reason: "\(reason); end with linear: classes")
        }
        input = recipe.input
        self.classes = classes
        layers = placed
        parameters = placed.flatMap(\.parameters)
        bufferCount = builder.offset
        endsInSoftmax = recipe.layers.last == .softmax
    }

    /// Why `layer` cannot stand where it does, whatever the shapes.
    private static func problem(
        of layer: LayerSpecification, after placed: [PlacedLayer], _ flattened: FeatureShape?
    ) -> String? {
        if layer == .batchNormalization, flattened != nil {
            return "batch_normalization goes before flatten, or after a linear layer"
        }
        if layer == .relu || layer.isDropout, placed.allSatisfy({ $0.specification == .flatten }) {
            return "there is nothing but pixels before it"
        }
        return nil
    }

    /// Why a network cannot end in `shape`.
    private static func problem(
        atEnd shape: FeatureShape, _ flattened: FeatureShape?, classes: Int, isLearning: Bool
    ) -> String? {
        guard shape.isFlat, shape.count == classes else {
            return "the network ends in \(shape), but there are \(classes) classes"
        }
        if !isLearning { return "no layer has weights to learn" }
        // Logits would be in another order than PyTorch's.
        return flattened?.isReordered == true ? "the network ends in more than one pixel" : nil
    }

    private struct Misfit: Error { let reason: String }

    private static func output(
        of layer: LayerSpecification, from shape: FeatureShape, classes: Int
    ) throws(Misfit) -> FeatureShape {
        var output = shape
        switch layer {
        case .convolution(let filters, let kernel, let padding):
            if shape.isFlat { throw Misfit(reason: "a convolution cannot follow flatten") }
            let (before, after) = padding.amounts(kernel: kernel)
            if before >= kernel {
                throw Misfit(reason: "padding must be less than the kernel size of \(kernel)")
            }
            if kernel > min(shape.height, shape.width) + before + after {
                throw Misfit(
                    reason: "the kernel is larger than its input of \(shape); "
                        + "use a smaller kernel or more padding")
            }
            output.height += before + after - kernel + 1
            output.width += before + after - kernel + 1
            output.channels = filters
        case .maxPool(let window):
            if shape.isFlat { throw Misfit(reason: "pooling cannot follow flatten") }
            if window > min(shape.height, shape.width) {
                throw Misfit(reason: "the window is larger than its input of \(shape)")
            }
            output.height /= window
            output.width /= window
        case .flatten: output = FeatureShape(height: 1, width: 1, channels: shape.count, isFlat: true)
        case .linear(let units):
            if !shape.isFlat { throw Misfit(reason: "a linear layer needs flatten before it") }
            output = FeatureShape(height: 1, width: 1, channels: units ?? classes, isFlat: true)
        case .softmax: if !shape.isFlat { throw Misfit(reason: "softmax needs a linear layer before it") }
        case .batchNormalization, .relu, .dropout: break
        }
        guard output.count <= countLimit else {
            throw Misfit(reason: "its output of \(output) has too many values")
        }
        return output
    }
}

/// Gives parameters their names and offsets.
private struct ParameterBuilder {
    /// Whether the weights of layer 0 are not trained.
    let isWhitening: Bool
    var offset = 0

    private mutating func add(
        _ name: String, _ shape: [Int], isLearnt: Bool = true, flattened: FeatureShape? = nil
    ) -> Parameter {
        let parameter = Parameter(
            name: name, shape: shape, offset: offset, isLearnt: isLearnt, flattened: flattened)
        offset += (parameter.count + 15) / 16 * 16
        return parameter
    }

    mutating func parameters(
        of layer: LayerSpecification, index: Int, from input: FeatureShape, to output: FeatureShape,
        flattened: FeatureShape?
    ) -> [Parameter] {
        switch layer {
        case .convolution(let filters, let kernel, _):
            [
                add(
                    "\(index).weight", [filters, input.channels, kernel, kernel],
                    isLearnt: index > 0 || !isWhitening),
                add("\(index).bias", [filters]),
            ]
        case .linear:
            [
                add("\(index).weight", [output.count, input.count], flattened: flattened),
                add("\(index).bias", [output.count]),
            ]
        case .batchNormalization:
            [
                add("\(index).weight", [input.channels]), add("\(index).bias", [input.channels]),
                add("\(index).running_mean", [input.channels], isLearnt: false),
                add("\(index).running_var", [input.channels], isLearnt: false),
            ]
        case .relu, .maxPool, .dropout, .flatten, .softmax: []
        }
    }
}
