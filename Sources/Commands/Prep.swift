// The command line: one file per verb; each parses, calls one library function, and prints.
// `Program` runs it.

internal import ArgumentParser
internal import Dataset

struct Prep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prep",
        abstract: "Turns raw labelled images into clean, fairly split, compact shards, and trains on them.",
        discussion: """
            Reads a Kaggle archive, any labelled archive or folder, or MNIST's IDX files. Writes \
            shards in the open safetensors format, with the same bytes on every machine.

              prep kaggle archive.zip      photos, one folder per class -> shards/kaggle
              prep mnist ./dataset         four IDX files -> shards/mnist
              prep inspect shards/kaggle   shows what is in the dataset
              prep train shards/mnist      trains a classifier -> runs/mnist-standard-1

            On many machines, stage, plan, partition, write and finish do in steps what one command does.

            Exit status: 0 success, 64 wrong usage, 65 bad input data, 74 reading or writing \
            failed (75 in steps on many machines), 130 interrupted, 141 output closed, 1 anything else.
            """,
        version: programVersion,
        subcommands: [
            Kaggle.self, Images.self, MNIST.self, Run.self, Inspect.self, Verify.self, Train.self,
            Evaluate.self,
            Predict.self, Draw.self, Audit.self, Compare.self, Leaks.self, Diff.self, ExportDataset.self,
            Card.self,
            Recipes.self, Bench.self,
            Synthesize.self, Stage.self, PlanShards.self, PartitionPart.self, WriteShards.self, Finish.self,
        ])
}

extension FailureKind {
    /// The numbers of `sysexits.h`; 130 is what shells report after SIGINT.
    var exitStatus: Int32 {
        switch self {
        case .usage: 64
        case .badInput: 65
        case .io: 74
        case .interrupted: 130
        }
    }
}
