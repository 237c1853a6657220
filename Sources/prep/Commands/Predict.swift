// prep predict: what a model sees in images.

internal import ArgumentParser
internal import Dataset
internal import Imaging
internal import Pipeline
internal import Report
internal import Shards
internal import Training

struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classify images with a trained model.",
        discussion: """
            Images go through the preparation of the dataset that the model was trained on, which the model file \
            carries with it. An archive or folder stands for all images in it; those that cannot be read are named and \
            passed over. A model trained on MNIST reads photos \
            with --fit mnist.
            """)

    @Argument(help: "A model file, or a run folder.")
    var model: String

    @Argument(help: "PNG or JPEG files, archives or folders.")
    var images: [String]

    @Option(help: "How images are brought to size, where the dataset's own preparation does not say.")
    var fit: Fit?

    @Flag(help: "Print JSON, one line per image.")
    var json = false

    func run() throws {
        let path = model
        let model = try Model(contentsOf: path)
        var configuration = try PipelineConfiguration(
            yaml: model.description.preparation.canonicalText, file: "\(path) (preparation)")
        if let fit { try configuration.override(size: model.description.image, filter: nil, fit: fit) }
        var preparation = ImagePreparation(configuration)
        let evaluator = Evaluator(model, jobs: 1)
        var (failures, classified) = (0, 0)
        for image in images {
            try preparation.forEachImage(at: image) { outcome in
                if Interruption.isRequested { throw TrainingError.cancelled }
                if let problem = problem(of: outcome, model) {
                    // One of many may be broken; one that was asked for by name may not.
                    if outcome.path == image { failures += 1 }
                    Terminal.printError("\(outcome.path): \(problem)")
                    return
                }
                classified += 1
                let probabilities = try evaluator.probabilities(model, pixels: outcome.pixels)
                Terminal.print(line(outcome.path, probabilities, model.description.classes))
            }
        }
        guard failures == 0, classified > 0 else { throw PredictionFailure(classified: classified) }
    }

    private func problem(of outcome: ImagePreparation.Outcome, _ model: Model) -> String? {
        if let problem = outcome.problem { return problem }
        let expected = model.description.image
        guard outcome.size != expected else { return nil }
        return
            "has \(outcome.size) pixels; the model was trained on \(expected), and its dataset was not resized; "
            + "add --fit mnist for photos of digits"
    }

    private func line(_ path: String, _ probabilities: [Float], _ classes: [String]) -> String {
        let ranked = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }
        if json {
            let members = zip(classes, probabilities).map { ($0, JSONValue.number(Double($1))) }
            return JSONValue.object([
                "image": .string(path), "label": .string(classes[ranked[0]]),
                "probability": .number(Double(probabilities[ranked[0]])),
                "probabilities": .object(Dictionary(uniqueKeysWithValues: members)),
            ]).canonicalText
        }
        func percent(_ index: Int) -> String { TextStyle.percent(Double(probabilities[index]), 2) }
        let others = ranked.dropFirst().prefix(2).map { "\(classes[$0]) \(percent($0))" }
        return "\(path): \(classes[ranked[0]])  \(percent(ranked[0]))  (\(others.joined(separator: ", ")))"
    }
}

/// Some images could not be classified; each was named already.
private struct PredictionFailure: Failure {
    let classified: Int
    var kind: FailureKind { .badInput }
    var description: String {
        classified == 0 ? "no image could be classified" : "not all images could be classified"
    }
}
