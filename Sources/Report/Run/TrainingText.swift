// What `prep train` prints: a heading, progress, a line per epoch, the result.

internal import Dataset
package import Shards
package import Storage
package import Training

extension Trainer {
    /// Recipe, dataset, run folder, and the header of the table of epochs.
    package func heading(_ dataset: PreparedDataset) -> String {
        let manifest = dataset.manifest
        let splits =
            fold.map { ["fold \($0.number) of \(manifest.folds.count) is validation"] }
            ?? Split.allCases.map { split in
                "\(TextStyle.count(manifest[split].rows)) \(split.rawValue)"
            }
        var lines = [
            "Training \(recipe.name) on \(dataset.folder): \(splits.joined(separator: ", "))",
            "\(TextStyle.count(architecture.parameterCount)) parameters, batches of \(recipe.batch), "
                + "\(TextStyle.plural(recipe.epochs, "epoch")), \(TextStyle.plural(threads, "thread"))",
        ]
        if manifest.image != recipe.input {
            lines.append(
                "Images of \(manifest.image.size) are padded to \(recipe.input.size) with their own background"
            )
        }
        if fold == nil, manifest[.validation].samples == 0 {
            lines.append("There is no validation split; the last model will be kept")
        }
        if manifest.classTotals.count(where: { $0 > 0 }) == 1 {
            lines.append("warning: there is only one class, so a model that has learned nothing is right")
        }
        lines.append("Run folder: \(folder.path)")
        if !epochs.isEmpty { lines.append("Resuming after \(TextStyle.plural(epochs.count, "epoch"))") }
        lines += [
            "", "                train              validation",
            "  epoch      loss  accuracy      loss  accuracy    images/s     time",
        ]
        return lines.joined(separator: "\n")
    }
}

extension SplitMetrics {
    fileprivate var columns: String {
        TextStyle.loss(loss).padded(10) + TextStyle.percent(accuracy, 2).padded(10)
    }
}

extension StepProgress {
    /// One line for a terminal `width` characters wide.
    package func text(width: Int) -> String {
        let share = Double(step) / Double(steps)
        let left = seconds / share - seconds
        let others = Double(epochs - epoch) * seconds / share
        let before = "\(epoch)/\(epochs)".padded(7) + train.columns + "  "
        let after =
            TextStyle.count(Int(samplesPerSecond)).padded(10)
            + "  \(TextStyle.duration(left + others)) left"
        // A line that reaches the last column may wrap, and then the next line does not overwrite it.
        let columns = width - 1
        let bar = min(columns - before.count - after.count, 20)
        let text = before + (bar > 0 ? TextBar.bar(share, width: bar).filled(bar) : "") + after
        return String(text.prefix(max(columns, 0)))
    }
}

extension EpochMetrics {
    /// A row of the table of epochs.
    ///
    /// - Parameter epochs: the number of epochs of the whole run
    package func text(of epochs: Int, isBest: Bool) -> String {
        "\(epoch)/\(epochs)".padded(7) + train.columns
            + (validation?.columns ?? String(repeating: " ", count: 20))
            + TextStyle.count(Int(samplesPerSecond)).padded(12)
            + TextStyle.duration(seconds).padded(9)
            + (isBest && validation != nil ? "  best" : "")
    }

    package var event: JSONValue {
        .object([
            "event": .string("epoch"), "epoch": .integer(epoch), "train": train.json,
            "validation": validation?.json ?? .null, "learning_rate": .number(rate),
            "samples_per_second": .number(samplesPerSecond), "seconds": .number(seconds),
        ])
    }
}

extension TrainingResult {
    /// - Parameter recipe: the recipe that was trained
    package func text(_ recipe: Recipe) -> String {
        var lines = [""]
        if stoppedEarly { lines.append("Stopped: no improvement in \(recipe.patience ?? 0) epochs") }
        if let validation = best.validation {
            lines.append(
                "Best      epoch \(best.epoch), validation accuracy \(TextStyle.percent(validation.accuracy, 2))"
            )
        }
        if let test {
            let wrong = test.samples - test.correct
            lines.append(
                "Test      loss \(TextStyle.loss(test.loss)), accuracy \(TextStyle.percent(test.accuracy, 2)), "
                    + "\(TextStyle.count(wrong)) of \(TextStyle.count(test.samples)) wrong")
            if test.confusion.onlyPrediction != nil {
                lines.append("warning: the model says the same for every sample")
            }
        }
        return (lines + ["Model     \(model)"]).joined(separator: "\n")
    }

    package var event: JSONValue {
        .object([
            "event": .string("result"), "best_epoch": .integer(best.epoch),
            "test": test?.metrics.json ?? .null,
            "model": .string(model), "stopped_early": .bool(stoppedEarly),
        ])
    }
}
