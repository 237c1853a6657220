// The contents of a training run's page and curves.

internal import Dataset
internal import Foundation
package import Shards
package import Training

/// A training run, during and after it.
package struct RunReport: Sendable {
    enum State: Sendable, Equatable {
        /// In epoch `epoch` (from 1) of `total`.
        case running(epoch: Int, of: Int)
        case finished
        /// Ended before its last epoch. The reason is a few words, such as “early stopping”.
        case stopped(reason: String)
    }

    /// The run's name, such as `mnist-cnn-1`.
    var name: String
    var state: State
    var datasetName: String
    var datasetDigest: Digest
    var classes: [String]
    var recipe: Recipe
    var architecture: Architecture
    var epochs: [EpochMetrics]
    /// Within the epochs of this process; set at the end.
    var losses: [LossPoint] = []
    /// Set once, at the end.
    var test: SplitMetrics?
    /// On test, or on validation if there is no test split; set at the end.
    var confusion: (split: Split, matrix: ConfusionMatrix)?
    /// Of the same predictions; set at the end.
    var calibration: Calibration?
    /// Most confident first.
    var mistakes: [PredictedSample] = []
    /// The first samples of the split.
    var samples: [PredictedSample] = []
    /// Set at the end.
    var drawing: DrawingBoard?

    /// The epoch whose model was saved as the best; `nil` without validation.
    var bestEpoch: EpochMetrics? {
        epochs.reduce(nil) { best, epoch in
            epoch.validation != nil && epoch.isBetter(than: best) ? epoch : best
        }
    }

    var seconds: Double { epochs.reduce(0) { $0 + $1.seconds } }
}

extension RunReport {
    /// What a run in `folder` is called.
    static func name(of folder: String) -> String { URL(fileURLWithPath: folder).lastPathComponent }

    /// A run, read from its folder.
    init(_ record: RunRecord) throws {
        let model = record.model
        let state: State =
            switch record.result?.stoppedEarly {
            case nil: .stopped(reason: "not finished")
            case true?: .stopped(reason: "early stopping")
            case false?: .finished
            }
        self.init(
            name: Self.name(of: record.folder), state: state,
            datasetName: model.dataset, datasetDigest: model.digest, classes: model.classes.names,
            recipe: model.recipe,
            architecture: try Architecture(model.recipe, classes: model.classes.count),
            epochs: record.epochs)
        if let result = record.result {
            if result.split == .test { test = SplitMetrics(loss: result.loss, accuracy: result.accuracy) }
            confusion = (result.split, result.confusion)
        }
    }

    package init(_ trainer: Trainer, _ dataset: PreparedDataset) {
        let (recipe, manifest) = (trainer.recipe, dataset.manifest)
        self.init(
            name: Self.name(of: trainer.folder.path),
            state: .running(epoch: min(trainer.epochs.count + 1, recipe.epochs), of: recipe.epochs),
            datasetName: manifest.name, datasetDigest: manifest.digest, classes: manifest.classes.names,
            recipe: recipe, architecture: trainer.architecture, epochs: trainer.epochs)
    }

    /// A run that ended with an error.
    package init(_ trainer: Trainer, _ dataset: PreparedDataset, stoppedBy error: any Error) {
        self.init(trainer, dataset)
        state = .stopped(reason: "\(error)")
    }

    /// A finished run, with the predictions of its best model on test, or on validation if there is no test split.
    package init(
        _ trainer: Trainer, _ dataset: PreparedDataset, _ result: TrainingResult, _ losses: [LossPoint],
        jobs: Int
    ) throws {
        self.init(trainer, dataset)
        self.losses = losses
        state = result.stoppedEarly ? .stopped(reason: "early stopping") : .finished
        test = result.test?.metrics
        let split = result.test == nil ? Split.validation : .test
        let model = try Model(contentsOf: result.model)
        let provenance = try dataset.provenance()
        if trainer.fold != nil || dataset.manifest[split].samples > 0 {
            try addPredictions(model, dataset, provenance, split, jobs: jobs)
        }
        drawing = try DrawingBoard(
            model, file: result.model, samples: DrawingSamples(dataset, provenance, jobs: jobs))
    }

    /// Adds a model's predictions on `split`: the confusion matrix, the most confident mistakes, the first samples.
    private mutating func addPredictions(
        _ model: Model, _ dataset: PreparedDataset, _ provenance: [ProvenanceRow], _ split: Split, jobs: Int
    ) throws {
        var mistakes: [Prediction] = []
        var first: [Prediction] = []
        var calibration = Calibration()
        let evaluation = try Evaluator(model, jobs: jobs).evaluate(model, on: dataset, split: split) {
            calibration.add($0)
            if first.count < 40 { first.append($0) }
            if $0.predicted != $0.label { mistakes.append($0) }
        }
        mistakes.sort { ($0.certainty, $1.id) > ($1.certainty, $0.id) }
        let surest = mistakes.prefix(48)
        let read = try PredictedSamples(dataset, provenance, surest + first, jobs: jobs)
        confusion = (split, evaluation.confusion)
        self.calibration = calibration
        self.mistakes = read.samples(surest)
        samples = read.samples(first)
    }

    /// Writes the page and its curves into the run's folder.
    package func write(to folder: RunFolder) throws {
        try folder.write(page, to: "report.html")
        for (name, svg) in curves { try folder.write(svg, to: name) }
    }
}
