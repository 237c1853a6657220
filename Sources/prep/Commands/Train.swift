// prep train: trains a recipe on a prepared dataset.

internal import ArgumentParser
internal import Report
internal import Shards
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

            Without --recipe, the recipe “standard” is adapted to the dataset. “prep recipes” lists recipes. Your own recipe is a YAML file like those in recipes/.
            """)

    @Argument(help: "The dataset's folder, such as shards/mnist.")
    var dataset: String

    @OptionGroup var options: TrainOptions

    func run() throws {
        let dataset = try PreparedDataset(dataset)
        let jobs = try options.jobs.count()
        let trainer: Trainer
        if let resume = options.resume {
            try options.rejectChanges()
            trainer = try Trainer(
                resuming: try RunFolder(resuming: resume), on: dataset, jobs: jobs)
        } else {
            let recipe = try options.configuredRecipe(for: dataset.manifest)
            // Checked first, so that no folder is left if the recipe cannot be trained.
            try Trainer.requireTrainable(recipe, on: dataset, jobs: jobs)
            let path =
                options.output ?? RunFolder.next(in: "runs", name: "\(dataset.manifest.name)-\(recipe.name)")
            trainer = try Trainer(
                recipe, on: dataset, seed: options.seed ?? 0, jobs: jobs,
                folder: try RunFolder(creating: path))
        }
        let view = TrainingView(trainer, json: options.json, quiet: options.quiet)
        if options.recipe == nil, options.resume == nil { view.explain(dataset) }
        view.begin(dataset)
        try RunReport(trainer, dataset).write(to: trainer.folder)
        let result: TrainingResult
        do {
            result = try trainer.run(isCancelled: { Interruption.isRequested }) { event in
                view.show(event)
                // Failing to write the page must not end the run.
                if case .epoch = event { try? RunReport(trainer, dataset).write(to: trainer.folder) }
            }
        } catch {
            view.clear()
            try? RunReport(trainer, dataset, stoppedBy: error).write(to: trainer.folder)
            throw error
        }
        view.end(result)
        try RunReport(trainer, dataset, result, jobs: jobs).write(to: trainer.folder)
    }
}
