// prep write: the fourth of the steps that many machines share.

public import ArgumentParser
internal import Pipeline

struct WriteShards: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "write", abstract: "Step 4 of 5: write some shards.",
        discussion: """
            See prep stage --help for all steps.

              prep write --part 0/8 --work W
            """)

    @Option(
        help: ArgumentHelp(
            "One shard, or the first and the last of a range, from 0; prep plan prints how many there are.",
            valueName: "0-15"))
    var shards: ShardRange?

    @Option(
        help: ArgumentHelp(
            "A share of all shards, for schedulers that do not know how many there are.", valueName: "0/8"))
    var part: PartNumber?

    @OptionGroup var step: StepOptions

    func run() throws {
        guard (shards == nil) != (part == nil) else {
            throw ValidationError("one of --shards and --part is needed")
        }
        try step.run {
            let work = try WorkFolder(step.work)
            let range =
                try shards?.range ?? part.map { try work.shards(ofShare: $0.number, of: $0.count) } ?? nil
            guard let range else { return step.say("no shard is left for this part") }
            try work.write(
                shards: range, workers: try step.jobs.count(), memory: try step.memory.bytes(),
                isCancelled: Interruption.watch())
            step.say("shards \(range.lowerBound)-\(range.upperBound): written")
        }
    }
}

/// A range such as 0-15, both ends included, or a single number.
struct ShardRange: ExpressibleByArgument {
    let range: ClosedRange<Int>

    init?(argument: String) {
        let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
            first <= last
        else { return nil }
        range = first...last
    }
}
