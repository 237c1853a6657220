// The command line: one file per verb; each parses, calls one library function, and prints.

internal import ArgumentParser
internal import Dataset
internal import Foundation

@main
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
              prep train shards/mnist      trains a classifier -> runs/mnist-cnn-1

            On many machines, stage, plan, partition, write and finish do in steps what one command does.

            Exit status: 0 success, 64 wrong usage, 65 bad input data, 74 reading or writing \
            failed (75 in steps on many machines), 130 interrupted, 141 output closed, 1 anything else.
            """,
        version: "0.1.0",
        subcommands: [
            Kaggle.self, Images.self, MNIST.self, Run.self, Inspect.self, Verify.self, Train.self,
            Evaluate.self,
            Predict.self, Audit.self, Compare.self, Leaks.self, Diff.self, Recipes.self, Bench.self,
            Synthesize.self, Stage.self, PlanShards.self, PartitionPart.self, WriteShards.self, Finish.self,
        ])

    /// Runs the command. A failure becomes one or two lines and an exit status.
    static func main() {
        Interruption.install()
        // If the caller closed a standard stream, the next file opened would take its place.
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            open("/dev/null", O_RDONLY)
        }
        // Without TZ, the C library looks for /etc/localtime each time libarchive reads a date.
        setenv("TZ", ":/etc/localtime", 0)
        var command: any ParsableCommand
        do {
            command = try parseAsRoot()
        } catch {
            guard exitCode(for: error) != .success else { exit(withError: error) }
            Terminal.printError(fullMessage(for: error))
            Foundation.exit(exitCode(for: error).rawValue)
        }
        do {
            try command.run()
        } catch let failure as any Failure {
            Terminal.printError("prep: \(failure)")
            Foundation.exit(failure.kind.exitStatus)
        } catch {
            guard let error = error as? ValidationError else { exit(withError: error) }
            let type = type(of: command)
            Terminal.printError(
                "Error: \(error.message)\nUsage: \(Prep.usageString(for: type))\n"
                    + "  See 'prep \(type._commandName) --help' for more information.")
            Foundation.exit(FailureKind.usage.exitStatus)
        }
    }
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
