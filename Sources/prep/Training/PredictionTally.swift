// Which images a prediction could use, and what is said of the others.

internal import Dataset
internal import Pipeline
internal import Report

/// Counts images; names those that cannot be classified.
struct PredictionTally {
    /// Of the model's images.
    let expected: ImageSize
    private var classified = 0
    private var unusable = 0
    private var otherSizes = 0
    private var failed = 0

    init(expected: ImageSize) { self.expected = expected }

    /// Whether an image can be classified. One of many may be broken; one that was asked for by name may not.
    mutating func accept(_ outcome: ImagePreparation.Outcome, path: String, isNamed: Bool) -> Bool {
        if let problem = outcome.problem {
            say(path, problem)
            if isNamed { failed += 1 } else { unusable += 1 }
            return false
        }
        guard outcome.size == expected else {
            // One cause for all of them: said once, and counted.
            if otherSizes == 0 {
                say(
                    path,
                    "has \(outcome.size) pixels; the model was trained on \(expected), and its dataset was not resized\n"
                        + "Add --fit mnist for photos of digits.")
            }
            otherSizes += 1
            if isNamed { failed += 1 }
            return false
        }
        classified += 1
        return true
    }

    /// A file, folder or archive that cannot be read.
    mutating func fail(_ source: String, _ reason: String) {
        failed += 1
        Terminal.printError("prep: \(reason)")
    }

    /// - Throws: when something that was asked for could not be classified
    func finish() throws {
        if unusable > 0 {
            Terminal.printError("\(TextStyle.plural(unusable, "image")) could not be read")
        }
        if otherSizes > 1 {
            Terminal.printError("\(TextStyle.plural(otherSizes, "image")) of another size than \(expected)")
        }
        guard failed == 0, classified > 0 else {
            throw PredictionFailure(
                classified: classified, foundNothing: classified + failed + unusable + otherSizes == 0)
        }
    }

    private func say(_ path: String, _ problem: String) {
        Terminal.printError("\(path.visible()): \(problem)")
    }
}

/// Some images could not be classified; each was named already.
private struct PredictionFailure: Failure {
    let classified: Int
    let foundNothing: Bool
    var kind: FailureKind { .badInput }
    var description: String {
        if foundNothing { return "there is no PNG or JPEG in what was given" }
        return classified == 0 ? "no image could be classified" : "not all images could be classified"
    }
}
