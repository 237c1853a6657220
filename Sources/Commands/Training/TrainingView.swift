// What prep train prints: lines for people, or JSON lines.

internal import Foundation
internal import Report
internal import Shards
internal import Training

struct TrainingView {
    let trainer: Trainer
    let json: Bool
    let quiet: Bool
    private let isLive: Bool

    init(_ trainer: Trainer, json: Bool, quiet: Bool) {
        self.trainer = trainer
        self.json = json
        self.quiet = quiet
        isLive = !quiet && !json && isatty(STDERR_FILENO) == 1
    }

    func begin(_ dataset: PreparedDataset) {
        if !json, !quiet { Terminal.log(trainer.heading(dataset)) }
    }

    /// Says which recipe was taken, and why, where none was named.
    func explain(_ dataset: PreparedDataset) {
        guard !json, !quiet else { return }
        Terminal.log(
            "No recipe was named, so “\(trainer.recipe.name)” is adapted to the data: "
                + trainer.recipe.standardReason(dataset.manifest, holdingOut: trainer.fold?.number))
    }

    func show(_ event: TrainingEvent) {
        switch event {
        case .step(let progress):
            guard isLive else { return }
            let width = Terminal.width(of: STDERR_FILENO)
            Terminal.redraw(Self.clearing + progress.text(width: width))
        case .loss: break
        case .epoch(let metrics, let isBest):
            clear()
            if json {
                Terminal.log(json: metrics.event)
            } else if !quiet {
                Terminal.log(metrics.text(of: trainer.recipe.epochs, isBest: isBest))
            }
        }
    }

    private static let clearing = "\r\u{1B}[K"

    /// Removes the line of progress, before something else is printed.
    func clear() {
        if isLive { Terminal.redraw(Self.clearing) }
    }

    func end(_ result: TrainingResult) {
        if json {
            Terminal.log(json: result.event)
        } else if !quiet {
            Terminal.log(result.text(trainer.recipe))
        }
    }
}
