// Writes a recipe as YAML, for run folders and model files.

internal import Configuration
internal import Dataset
internal import Imaging
internal import Shards
package import Storage

extension Recipe {
    /// The recipe as YAML, with all keys; reading it gives an equal recipe.
    public var yaml: String {
        var lines = [
            "name: \(Self.quoted(name))", "summary: \(Self.quoted(summary))", "data: \(Self.quoted(data))",
        ]
        lines.append(
            "input: {size: \(input.size), channels: \(input.channels), pixels: \(pixelText)}")
        lines.append("layers:")
        lines += layers.map { "  - \($0.text)" }
        lines.append("initialisation: \(initialisation.rawValue)")
        if whitening { lines.append("whitening: true") }
        lines.append("label_smoothing: \(labelSmoothing)")
        let head = headRate == 1 ? "" : ", head_rate: \(headRate)"
        lines.append("optimizer: {\(optimizerText), rate: \(rate)\(head), weight_decay: \(weightDecay)}")
        lines.append("schedule: \(scheduleText)")
        lines += ["batch: \(batch)", "micro_batch: \(microBatch)", "epochs: \(epochs)"]
        if let augmentation { lines.append("augment: \(augmentation.yaml)") }
        lines.append("averaging: \(averaging)")
        if let patience { lines.append("patience: \(patience)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String { JSONValue.string(text).yamlText }

    private var pixelText: String {
        switch pixels {
        case .unit: "unit"
        case .symmetric: "symmetric"
        case .float(let mean, let deviation): "{mean: \(Self.text(mean)), deviation: \(Self.text(deviation))}"
        case .u8: "unit"
        }
    }

    private static func text(_ values: [Float]) -> String {
        values.count == 1 ? "\(values[0])" : "[\(values.map { "\($0)" }.joined(separator: ", "))]"
    }

    private var optimizerText: String {
        switch optimizer {
        case .sgd(let momentum, let nesterov): "name: sgd, momentum: \(momentum), nesterov: \(nesterov)"
        case .adam(let beta1, let beta2, let epsilon):
            "name: adam, beta1: \(beta1), beta2: \(beta2), epsilon: \(epsilon)"
        case .adamW(let beta1, let beta2, let epsilon):
            "name: adamw, beta1: \(beta1), beta2: \(beta2), epsilon: \(epsilon)"
        }
    }

    private var scheduleText: String {
        switch schedule {
        case .constant: "constant"
        case .step(let epochs, let factor): "{step: {epochs: \(epochs), factor: \(factor)}}"
        case .cosine(let warmup): "{cosine: {warmup: \(warmup)}}"
        case .oneCycle(let rise): "{one_cycle: {rise: \(rise)}}"
        }
    }
}

extension LayerSpecification {
    /// The layer as a recipe file lists it, such as `max_pool: 2`.
    public var text: String {
        switch self {
        case .convolution(let filters, let kernel, let padding):
            "convolution: {filters: \(filters), kernel: \(kernel), padding: \(padding.text)}"
        case .batchNormalization: "batch_normalization"
        case .relu: "relu"
        case .maxPool(let window): "max_pool: \(window)"
        case .dropout(let share): "dropout: \(share)"
        case .flatten: "flatten"
        case .linear(let units): "linear: \(units.map(String.init) ?? "classes")"
        case .softmax: "softmax"
        }
    }

    /// The same as JSON, such as `{"max_pool":2}`.
    package var definition: JSONValue {
        switch self {
        case .convolution(let filters, let kernel, let padding):
            .object([
                "convolution": .object([
                    "filters": .integer(filters), "kernel": .integer(kernel), "padding": padding.definition,
                ])
            ])
        case .maxPool(let window): .object(["max_pool": .integer(window)])
        case .dropout(let share): .object(["dropout": .number(share)])
        case .linear(let units):
            .object(["linear": units.map { .integer($0) } ?? .string("classes")])
        case .batchNormalization, .relu, .flatten, .softmax: .string(text)
        }
    }
}

extension Padding {
    fileprivate var definition: JSONValue {
        switch self {
        case .number(let number): .integer(number)
        case .same: .string("same")
        }
    }

    fileprivate var text: String {
        switch self {
        case .number(let number): String(number)
        case .same: "same"
        }
    }
}
