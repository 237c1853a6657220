// Checkpoints: what a run needs to resume as if it had never stopped.

internal import Dataset
internal import Shards
internal import Storage

/// The state of a run at the end of an epoch.
struct Checkpoint {
    static let formatName = "prep-checkpoint"

    /// As in a model file; its epoch is the last finished one.
    let description: ModelDescription
    /// Optimizer steps taken.
    let step: Int
    let epochs: [EpochMetrics]
    let tensors: WeightsFile

    /// Copies the tensors of `state`.
    init(_ description: ModelDescription, _ state: TrainingState, epochs: [EpochMetrics]) {
        self.description = description
        self.epochs = epochs
        step = state.step
        let architecture = state.weights.architecture
        var tensors = WeightsFile.tensors(of: state.weights.buffer, architecture, prefix: "weights.")
        for (index, moment) in state.moments.enumerated() {
            tensors += WeightsFile.tensors(of: moment, architecture, prefix: "moment\(index + 1).")
        }
        if let average = state.average {
            tensors += WeightsFile.tensors(of: average.buffer, architecture, prefix: "average.")
        }
        let metadata = JSONValue.object([
            "format": .string(Self.formatName), "model": description.json, "step": .integer(state.step),
            "epochs": .array(epochs.map(\.json)),
        ])
        self.tensors = WeightsFile(metadata: metadata, tensors: tensors)
    }

    init(reading path: String) throws {
        tensors = try WeightsFile(reading: path)
        do {
            var object = try JSONObject(tensors.metadata)
            _ = try object.text("format", "“\(Self.formatName)”") { $0 == Self.formatName ? $0 : nil }
            description = try ModelDescription(try object.take("model"), file: path)
            step = try object.integer("step", in: 0...1 << 50)
            epochs = try object.list("epochs") { (epoch) throws(JSONProblem) in try EpochMetrics(&epoch) }
            try object.finish()
        } catch let problem as JSONProblem {
            throw TrainingError.malformedModel(
                file: path, reason: "it is not a checkpoint: \(problem.reason)")
        }
    }

    /// Copies the tensors back into `state`.
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
