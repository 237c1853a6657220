// The options that kaggle, images, mnist and run share.

public import ArgumentParser
internal import Configuration
internal import Foundation

struct PrepareOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The folder to write. (default: shards/NAME)")
    var output: String?

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var jobs: JobsOption
    @OptionGroup var memory: MemoryOption

    @Flag(help: "Replace the dataset in the output folder.")
    var overwrite = false

    @Option(
        help: ArgumentHelp(
            "A folder for what is done so far: stopped, the same command goes on. It may be removed afterwards.",
            valueName: "FOLDER"))
    var work: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false
}

/// `--memory`, which never affects a result.
struct MemoryOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Memory limit; pixels beyond a quarter of it go to a scratch file. (default: a quarter of RAM)",
            valueName: "256MB"))
    var memory: String?

    func bytes() throws -> Int {
        guard let memory else { return Int(ProcessInfo.processInfo.physicalMemory / 4) }
        return try parseOption(memory, "--memory", Quantity.bytesNotation, Quantity.bytes)
    }
}
