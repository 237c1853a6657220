// prep plan: the second of the steps that many machines share.

internal import ArgumentParser
internal import Pipeline
internal import Report
internal import Storage

struct PlanShards: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Step 2 of 5: decide where every image goes.",
        discussion: """
            Reads what is known of all parts, finds duplicates, splits the images, and prints the number of shards. See \
            prep stage --help for all steps.

              prep plan --work W
            """)

    @OptionGroup var step: StepOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try step.run {
            let shards = try WorkFolder(step.work).plan(
                workers: try step.jobs.count(), memory: try step.memory.bytes(),
                isCancelled: Interruption.watch())
            if json {
                Terminal.print(json: .object(["shards": .integer(shards)]), isLine: true)
            } else {
                step.say("\(TextStyle.plural(shards, "shard")), from 0")
            }
        }
    }
}
