// A run's page, from what Training says of the run.

internal import Dataset
internal import Foundation
internal import Report
internal import Shards
internal import Training

extension RunReport {
    /// A run as its folder tells it.
    init(_ record: RunRecord) throws {
        let recipe = record.model.recipe
        let state: State =
            switch record.result?.stoppedEarly {
            case nil: .stopped(reason: "not finished")
            case true?: .stopped(reason: "early stopping")
            case false?: .finished
            }
        self.init(
            name: URL(fileURLWithPath: record.folder).lastPathComponent, state: state,
            datasetName: record.model.dataset, datasetDigest: record.model.digest,
            classes: record.model.classes.names,
            recipe: try Recipe(recipe, classes: record.model.classes.count),
            epochs: record.epochs.map(Epoch.init))
        if let result = record.result {
            if result.split == .test { test = Score(loss: result.loss, accuracy: result.accuracy) }
            confusion = ConfusionMatrix(result.confusion, of: result.split)
        }
    }

    /// A run that goes on.
    init(_ trainer: Trainer, _ dataset: PreparedDataset) throws {
        let count = trainer.epochs.count
        self.init(
            name: URL(fileURLWithPath: trainer.folder.path).lastPathComponent,
            state: .running(epoch: min(count + 1, trainer.recipe.epochs), of: trainer.recipe.epochs),
            datasetName: dataset.manifest.name, datasetDigest: dataset.manifest.digest,
            classes: dataset.classes.names,
            recipe: try Recipe(trainer.recipe, classes: dataset.manifest.classes.count),
            epochs: trainer.epochs.map(Epoch.init))
    }

    /// Adds what the best model says of `split`: confusion, the mistakes it is surest of, samples as they come.
    mutating func addPredictions(
        _ model: Model, _ dataset: PreparedDataset, split: Split, jobs: Int
    ) throws {
        var mistakes: [Judgement] = []
        var first: [Judgement] = []
        let evaluation = try Evaluator(model, jobs: jobs).evaluate(model, on: dataset, split: split) {
            if first.count < 40 { first.append($0) }
            if $0.prediction != $0.label { mistakes.append($0) }
        }
        mistakes.sort { ($0.certainty, $1.id) > ($1.certainty, $0.id) }
        let views = try SampleViews(
            dataset, ids: (mistakes.prefix(48) + first).map(\.id), jobs: jobs)
        func predictions(_ judgements: some Sequence<Judgement>) -> [Prediction] {
            judgements.compactMap { judgement in
                views[judgement.id].map {
                    Prediction(
                        sample: $0, label: judgement.label, predicted: judgement.prediction,
                        probability: Double(judgement.certainty))
                }
            }
        }
        confusion = ConfusionMatrix(evaluation.confusion, of: split)
        self.mistakes = predictions(mistakes.prefix(48))
        samples = predictions(first)
    }

    /// Writes the page and its curves into the run's folder.
    func write(to folder: RunFolder) throws {
        try folder.write(page, to: "report.html")
        for (name, svg) in curves { try folder.write(svg, to: name) }
    }
}

extension RunReport.Recipe {
    fileprivate init(_ recipe: Training.Recipe, classes: Int) throws {
        let architecture = try Architecture(recipe, classes: classes)
        self.init(
            name: recipe.name, text: recipe.yaml,
            layers: architecture.layers.map { layer in
                RunReport.Layer(
                    name: layer.specification.text,
                    outputShape: layer.output.isFlat
                        ? [layer.output.count]
                        : [layer.output.channels, layer.output.height, layer.output.width],
                    parameters: layer.parameterCount)
            }, softensLabels: recipe.labelSmoothing > 0)
    }
}

extension RunReport.Epoch {
    fileprivate init(_ metrics: EpochMetrics) {
        self.init(
            number: metrics.epoch, train: .init(metrics.train),
            validation: metrics.validation.map(RunReport.Score.init), learningRate: metrics.rate,
            samplesPerSecond: metrics.samplesPerSecond, seconds: metrics.seconds)
    }
}

extension RunReport.Score {
    fileprivate init(_ metrics: SplitMetrics) { self.init(loss: metrics.loss, accuracy: metrics.accuracy) }
}

extension ConfusionMatrix {
    init(_ rows: [[Int]], of split: Split) {
        self.init(split: split, classes: rows.count, counts: rows.flatMap { $0 })
    }
}

extension Judgement {
    /// The probability of the predicted class.
    var certainty: Float { probabilities[prediction] }
}
