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

    /// Reports a file, folder or archive that cannot be read.
    mutating func fail(_ source: String, _ reason: String) {
        failed += 1
        Terminal.printError("prep: \(reason)")
    }

    /// - Parameter mustBeComplete: whether it is a failure that any image was not classified
    /// - Throws: `PredictionFailure` if a named image could not be classified, or no image could
    func finish(mustBeComplete: Bool) throws {
        if unusable > 0 {
            Terminal.printError("\(TextStyle.plural(unusable, "image")) could not be read")
        }
        if otherSizes > 1 {
            Terminal.printError("\(TextStyle.plural(otherSizes, "image")) had another size than \(expected)")
        }
        guard failed == 0, classified > 0, !mustBeComplete || unusable + otherSizes == 0 else {
            throw PredictionFailure(
                classified: classified, foundNothing: classified + failed + unusable + otherSizes == 0)
        }
    }

    private func say(_ path: String, _ problem: String) {
        Terminal.printError("\(path.visible()): \(problem)")
    }
}

/// Some images could not be classified; each has already been reported.
private struct PredictionFailure: Failure {
    let classified: Int
    let foundNothing: Bool
    var kind: FailureKind { .badInput }
    var description: String {
        if foundNothing { return "the arguments contain no image" }
        return classified == 0 ? "no image could be classified" : "not all images could be classified"
    }
}
