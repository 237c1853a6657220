// prep train: trains a recipe on a prepared dataset.

internal import ArgumentParser
internal import Dataset
internal import Loader
internal import Pipeline
internal import Report
internal import Shards
internal import Storage
internal import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a classifier on a prepared dataset.",
        discussion: """
            Writes a run folder with the model (safetensors, with PyTorch's tensor names), metrics.csv, report.html \
            and a checkpoint. The same dataset, recipe and seed give the same weights, whatever the number of threads.

              prep train shards/mnist
              prep train shards/mnist --recipe cnn
              prep train shards/mnist --resume runs/mnist-cnn-1
              prep train shards/folded --folds

            Without --recipe, the recipe “standard” is adapted to the dataset. “prep recipes” lists recipes. Your own recipe is a YAML file like those in recipes/.
            """)

    @Argument(help: "The dataset's folder, such as shards/mnist.", completion: Completion.dataset)
    var dataset: String

    @OptionGroup var options: TrainOptions

    func run() throws {
        _ = Interruption.watch()
        let dataset = try PreparedDataset(dataset)
        // The model records it, and could not be used with another.
        _ = try PipelineConfiguration(recordedIn: dataset)
        let jobs = try options.jobs.count()
        if options.folds { return try trainAllFolds(dataset, jobs) }
        if let resume = options.resume {
            try options.rejectChanges()
            try train(
                try Trainer(resuming: try RunFolder(resuming: resume), on: dataset, jobs: jobs), dataset, jobs
            )
        } else {
            try train(try options.fold.map { try HeldOutFold($0, of: dataset) }, dataset, jobs)
        }
    }

    /// Trains a run for each fold, and compares them.
    private func trainAllFolds(_ dataset: PreparedDataset, _ jobs: Int) throws {
        guard options.resume == nil, options.fold == nil else {
            throw ValidationError("--folds starts new runs; leave out --resume and --fold")
        }
        // Without folds, this says how to get them.
        let folds = try (0..<max(dataset.manifest.folds.count, 1)).map { try HeldOutFold($0, of: dataset) }
        let recipe = try options.configuredRecipe(for: dataset.manifest)
        let parent =
            options.output
            ?? RunFolder.next(in: "runs", name: "\(dataset.manifest.name)-\(recipe.name)-folds")
        try Self.requirePlace(ofFolds: parent)
        let runs = folds.map { "\(parent)/fold-\($0.number)" }
        for (fold, run) in zip(folds, runs) {
            if options.json {
                Terminal.log(json: .object(["event": .string("fold"), "fold": .integer(fold.number)]))
            }
            try trainOrGoOn(fold, dataset, jobs, in: run)
        }
        let comparison = try RunComparison(folders: runs)
        let page = try writePage(comparison.page, to: "report.html", in: Folder(parent))
        if options.json {
            Terminal.log(json: comparison.summaryEvent)
        } else if !options.quiet {
            Terminal.print("\n\(comparison.text)\n\n\(page)")
        }
    }

    /// Runs of folds, and their common page, go to a folder of their own.
    private static func requirePlace(ofFolds parent: String) throws {
        let contents = PathContents(parent)
        if contents == .run || contents == .dataset {
            throw StorageError.otherKind(path: parent, clause: contents.clause ?? "")
        }
        let page = "\(parent)/report.html"
        guard FileSystem.exists(page) else { return }
        guard FileSystem.isFile(page, followsLinks: false) else {
            throw StorageError.otherKind(path: page, clause: "is not a file of its own")
        }
        try OutputFiles.require((page, .ownPage))
    }

    /// Goes on with a run of the same recipe that is there already, such as one that was interrupted.
    private func trainOrGoOn(
        _ fold: HeldOutFold, _ dataset: PreparedDataset, _ jobs: Int, in folder: String
    ) throws {
        let recipe = try options.configuredRecipe(for: dataset.manifest, holdingOut: fold.number)
        if let model = try? RunRecord(contentsOf: folder).model, model.recipe == recipe,
            model.seed == options.seed ?? 0, model.fold == fold.number,
            model.digest == dataset.manifest.digest
        {
            try train(
                try Trainer(resuming: try RunFolder(resuming: folder), on: dataset, jobs: jobs), dataset, jobs
            )
        } else {
            try train(fold, dataset, jobs, in: folder)
        }
    }

    private func train(
        _ fold: HeldOutFold?, _ dataset: PreparedDataset, _ jobs: Int, in folder: String? = nil
    ) throws {
        let recipe = try options.configuredRecipe(for: dataset.manifest, holdingOut: fold?.number)
        // Checked first, so that no folder is left if the recipe cannot be trained.
        try Trainer.requireTrainable(recipe, on: dataset, holdingOut: fold, jobs: jobs)
        let path =
            folder ?? options.output
            ?? RunFolder.next(in: "runs", name: "\(dataset.manifest.name)-\(recipe.name)")
        try train(
            try Trainer(
                recipe, on: dataset, seed: options.seed ?? 0, holdingOut: fold, jobs: jobs,
                folder: try RunFolder(creating: path)), dataset, jobs)
    }

    private func train(_ trainer: Trainer, _ dataset: PreparedDataset, _ jobs: Int) throws {
        let isCancelled = Interruption.watch()
        let view = TrainingView(trainer, json: options.json, quiet: options.quiet)
        if options.recipe == nil, options.resume == nil { view.explain(dataset) }
        view.begin(dataset)
        try RunReport(trainer, dataset).write(to: trainer.folder)
        let result: TrainingResult
        var losses: [LossPoint] = []
        var written = monotonicSeconds()
        do {
            result = try trainer.run(isCancelled: isCancelled) { event in
                view.show(event)
                if case .loss(let point) = event { losses.append(point) }
                // Failing to write the page must not end the run, and short epochs must not wait for it.
                if case .epoch = event, monotonicSeconds() - written > 1 {
                    try? RunReport(trainer, dataset).write(to: trainer.folder)
                    written = monotonicSeconds()
                }
            }
        } catch {
            view.clear()
            try? RunReport(trainer, dataset, stoppedBy: error).write(to: trainer.folder)
            throw error
        }
        view.end(result)
        try RunReport(trainer, dataset, result, losses, jobs: jobs).write(to: trainer.folder)
    }
}
