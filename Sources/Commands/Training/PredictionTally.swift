// Counts the images that prep predict could classify, and reports the others.

internal import Dataset
internal import Pipeline
internal import Report

/// Counts images and reports those that cannot be classified.
struct PredictionTally {
    /// Size of the model's images.
    let expected: ImageSize
    private var classified = 0
    private var unusable = 0
    private var otherSizes = 0
    private var failed = 0
    /// Images in folders that are named after classes, and how many of them were predicted as that class.
    private var named = 0
    private var asNamed = 0

    init(expected: ImageSize) { self.expected = expected }

    /// Whether an image can be classified; reports it if not.
    ///
    /// - Parameter isNamed: whether the command line names the image itself; then it is a failure to skip it
    mutating func accept(_ outcome: ImagePreparation.Outcome, path: String, isNamed: Bool) -> Bool {
        if let problem = outcome.problem {
            say(path, problem)
            if isNamed { failed += 1 } else { unusable += 1 }
            return false
        }
        guard outcome.size == expected else {
            // All have the same cause: report the first, count the rest.
            if otherSizes == 0 {
                say(
                    path,
                    "is \(outcome.size), but the model needs \(expected) and its preparation does not resize\n"
                        + "Add --fit mnist for photos of digits.")
            }
            otherSizes += 1
            if isNamed { failed += 1 }
            return false
        }
        classified += 1
        return true
    }

    /// Counts a prediction.
    mutating func compare(_ prediction: ImagePrediction) {
        guard let expected = prediction.expected else { return }
        named += 1
        if Key(utf8: prediction.label) == Key(utf8: expected) { asNamed += 1 }
    }

    /// How many images were predicted as their folders say; `nil` if no folder is named after a class.
    var comparison: String? {
        named == 0
            ? nil
            : "\(TextStyle.percent(Double(asNamed) / Double(named), 2)) of "
                + "\(TextStyle.plural(named, "image")) in folders named after a class were predicted as that class"
    }

    /// Reports a file, folder or archive that cannot be read.
    mutating func fail(_ source: String, _ reason: String) {
        failed += 1
        Terminal.printError("prep: \(reason)")
    }

    /// - Parameter mustBeComplete: whether it is a failure that any image was not classified
    /// - Throws: `PredictionFailure` if a named image could not be classified, or no image could
    func finish(mustBeComplete: Bool) throws {
        if unusable > 0 {
            Terminal.printError("prep: \(TextStyle.plural(unusable, "image")) could not be read")
        }
        if otherSizes > 1 {
            Terminal.printError(
                "prep: \(TextStyle.plural(otherSizes, "image")) had another size than \(expected)")
        }
        guard failed == 0, classified > 0, !mustBeComplete || unusable + otherSizes == 0 else {
            throw PredictionFailure(classified: classified)
        }
    }

    private func say(_ path: String, _ problem: String) {
        Terminal.printError("prep: \(path.visible()): \(problem)")
    }
}

/// Some images could not be classified; each has already been reported.
private struct PredictionFailure: Failure {
    let classified: Int
    var kind: FailureKind { .badInput }
    var description: String {
        classified == 0 ? "no image could be classified" : "not all images could be classified"
    }
}
