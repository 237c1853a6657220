// What a training run shows: lines for people, or JSON lines.

internal import Dataset
internal import Foundation
internal import Report
internal import Shards
internal import Training

struct TrainingView {
    let trainer: Trainer
    let dataset: PreparedDataset
    let json: Bool
    let quiet: Bool
    private let isLive: Bool

    init(_ trainer: Trainer, _ dataset: PreparedDataset, json: Bool, quiet: Bool) {
        self.trainer = trainer
        self.dataset = dataset
        self.json = json
        self.quiet = quiet
        isLive = !quiet && isatty(STDERR_FILENO) == 1
    }

    func begin() {
        guard !json, !quiet else { return }
        let print = Terminal.log(_:)
        let (recipe, manifest) = (trainer.recipe, dataset.manifest)
        let splits = Split.allCases.map { split in
            "\(TextStyle.count(manifest[split].samples + manifest[split].copies)) \(split.rawValue)"
        }
        print("Training \(recipe.name) on \(dataset.folder): \(splits.joined(separator: ", "))")
        print(
            "\(TextStyle.count(trainer.architecture.parameterCount)) parameters, batches of \(recipe.batch), "
                + "\(TextStyle.plural(recipe.epochs, "epoch")), \(TextStyle.plural(trainer.threads, "thread"))"
        )
        if manifest.image != recipe.input {
            print(
                "Images of \(manifest.image) are padded to \(recipe.input) with their own background")
        }
        if manifest[.validation].samples == 0 {
            print("There is no validation split; the last model will be kept")
        }
        print("Run folder: \(trainer.folder.path)")
        if !trainer.epochs.isEmpty {
            print("Going on after \(TextStyle.plural(trainer.epochs.count, "epoch"))")
        }
        print("")
        print("                train              validation")
        print("  epoch      loss  accuracy      loss  accuracy    images/s     time")
    }

    func show(_ event: TrainingEvent) {
        switch event {
        case .step(let progress):
            if isLive, !json { Terminal.redraw(Self.clearing + line(progress)) }
        case .epoch(let metrics, let isBest):
            clear()
            if json {
                Terminal.log(json: Self.json(metrics))
            } else if !quiet {
                Terminal.log(row(metrics, isBest))
            }
        }
    }

    private static let clearing = "\r\u{1B}[K"

    /// Takes the line of progress away, for what is printed next.
    func clear() {
        if isLive, !json { Terminal.redraw(Self.clearing) }
    }

    func end(_ result: TrainingResult) {
        if json { return Terminal.log(json: Self.json(result)) }
        guard !quiet else { return }
        let print = Terminal.log(_:)
        print("")
        if result.stoppedEarly {
            print("Stopped: no improvement in \(trainer.recipe.patience ?? 0) epochs")
        }
        if let validation = result.best.validation {
            print(
                "Best      epoch \(result.best.epoch), \(TextStyle.percent(validation.accuracy, 2)) of validation right"
            )
        }
        if let test = result.test {
            let wrong = test.samples - test.correct
            print(
                "Test      loss \(TextStyle.loss(test.loss)), \(TextStyle.percent(test.accuracy, 2)) right, "
                    + "\(TextStyle.count(wrong)) of \(TextStyle.count(test.samples)) wrong")
        }
        print("Model     \(result.model)")
    }

    private func row(_ metrics: EpochMetrics, _ isBest: Bool) -> String {
        let number = "\(metrics.epoch)/\(trainer.recipe.epochs)"
        let validation =
            metrics.validation.map {
                TextStyle.loss($0.loss).padded(10) + TextStyle.percent($0.accuracy, 2).padded(10)
            } ?? String(repeating: " ", count: 20)
        return number.padded(7) + TextStyle.loss(metrics.train.loss).padded(10)
            + TextStyle.percent(metrics.train.accuracy, 2).padded(10) + validation
            + TextStyle.count(Int(metrics.samplesPerSecond)).padded(12)
            + TextStyle.duration(metrics.seconds).padded(9)
            + (isBest && metrics.validation != nil ? "  best" : "")
    }

    private func line(_ progress: StepProgress) -> String {
        let share = Double(progress.step) / Double(progress.steps)
        let left = progress.seconds / share - progress.seconds
        let others = Double(progress.epochs - progress.epoch) * progress.seconds / share
        let before =
            "\(progress.epoch)/\(progress.epochs)".padded(7)
            + TextStyle.loss(progress.train.loss).padded(10)
            + TextStyle.percent(progress.train.accuracy, 2).padded(10) + "  "
        let after =
            TextStyle.count(Int(progress.samplesPerSecond)).padded(10)
            + "  \(TextStyle.duration(left + others)) left"
        // A line that reaches the last column could wrap, and would not be overwritten by the next.
        let columns = Terminal.width(of: STDERR_FILENO) - 1
        let bar = min(columns - before.count - after.count, 20)
        let text = before + (bar > 0 ? TextBar.bar(share, width: bar).filled(bar) : "") + after
        return String(text.prefix(max(columns, 0)))
    }

    private static func json(_ metrics: SplitMetrics) -> JSONValue {
        .object(["loss": .number(metrics.loss), "accuracy": .number(metrics.accuracy)])
    }

    private static func json(_ metrics: EpochMetrics) -> JSONValue {
        .object([
            "event": .string("epoch"), "epoch": .integer(metrics.epoch), "train": json(metrics.train),
            "validation": metrics.validation.map(json) ?? .null, "learning_rate": .number(metrics.rate),
            "samples_per_second": .number(metrics.samplesPerSecond), "seconds": .number(metrics.seconds),
        ])
    }

    private static func json(_ result: TrainingResult) -> JSONValue {
        .object([
            "event": .string("result"), "best_epoch": .integer(result.best.epoch),
            "test": result.test.map { json(SplitMetrics(loss: $0.loss, accuracy: $0.accuracy)) } ?? .null,
            "model": .string(result.model), "stopped_early": .bool(result.stoppedEarly),
        ])
    }
}

extension String {
    /// Right-aligned in `width` columns.
    func padded(_ width: Int) -> String { String(repeating: " ", count: max(width - count, 0)) + self }

    /// Left-aligned in `width` columns.
    func filled(_ width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }
}
