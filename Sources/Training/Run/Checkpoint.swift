// Everything that a run needs to go on as if it had never stopped.

internal import Dataset
internal import Shards

/// A run after a whole number of epochs.
struct Checkpoint {
    static let formatName = "prep-checkpoint"

    /// As in a model; its epoch is the last finished one.
    let description: ModelDescription
    /// Steps of the optimizer.
    let step: Int
    let epochs: [EpochMetrics]
    let tensors: TensorFile

    private struct Fields: Codable {
        let format: String
        let model: JSONValue
        let step: Int
        let epochs: [EpochMetrics]
    }

    /// Takes what is in `state` now.
    init(_ description: ModelDescription, _ state: TrainingState, epochs: [EpochMetrics]) throws {
        self.description = description
        self.epochs = epochs
        step = state.step
        let architecture = state.weights.architecture
        var tensors = TensorFile.tensors(of: state.weights.buffer, architecture, prefix: "weights.")
        for (index, moment) in state.moments.enumerated() {
            tensors += TensorFile.tensors(of: moment, architecture, prefix: "moment\(index + 1).")
        }
        if let average = state.average {
            tensors += TensorFile.tensors(of: average.buffer, architecture, prefix: "average.")
        }
        let fields = Fields(
            format: Self.formatName, model: description.json, step: state.step, epochs: epochs)
        self.tensors = TensorFile(metadata: try JSONValue(encoding: fields), tensors: tensors)
    }

    init(reading path: String) throws {
        tensors = try TensorFile(reading: path)
        let fields: Fields
        do {
            fields = try tensors.metadata.decoded()
        } catch {
            throw TrainingError.malformedModel(file: path, reason: "it is not a checkpoint")
        }
        guard fields.format == Self.formatName else {
            throw TrainingError.malformedModel(file: path, reason: "it is not a checkpoint")
        }
        description = try ModelDescription(fields.model, file: path)
        step = fields.step
        epochs = fields.epochs
    }

    /// Puts everything back.
    func restore(_ state: TrainingState, file: String) throws {
        let architecture = state.weights.architecture
        try tensors.read(into: state.weights.buffer, of: architecture, prefix: "weights.", file: file)
        for (index, moment) in state.moments.enumerated() {
            try tensors.read(into: moment, of: architecture, prefix: "moment\(index + 1).", file: file)
        }
        if let average = state.average {
            try tensors.read(into: average.buffer, of: architecture, prefix: "average.", file: file)
        }
        state.step = step
    }
}
