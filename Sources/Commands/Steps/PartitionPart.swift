// prep partition: the third of the steps that many machines share.

internal import ArgumentParser
internal import Pipeline

struct PartitionPart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partition",
        abstract: "Step 3 of 5: bring the images of a part into the order of the shards.",
        discussion: """
            Afterwards every shard finds its images of a part in one piece. See prep stage --help for all steps.

              prep partition --part 0/8 --work W
            """)

    @Option(help: ArgumentHelp("The part, from 0, and how many there are.", valueName: "0/8"))
    var part: PartNumber

    @OptionGroup var step: StepOptions

    func run() throws {
        try step.run {
            let work = try WorkFolder(step.work)
            guard work.parts == part.count else {
                throw WorkError.beyond(what: "part \(part.number)/\(part.count)", count: work.parts)
            }
            try work.partition(part: part.number, memory: try step.memory.bytes())
            step.say("part \(part.number) of \(part.count): in order")
        }
    }
}
