// What the steps of a preparation in a work folder have in common: options, exit statuses, and the end with their parent.

public import ArgumentParser
internal import Dataset
internal import Foundation
internal import Storage

struct StepOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The folder that all steps share.", valueName: "FOLDER"), completion: .directory)
    var work: String

    @OptionGroup var jobs: JobsOption
    @OptionGroup var memory: MemoryOption

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    /// Runs a step. What failed in reading or writing may succeed later, which schedulers are told by exit status 75
    /// (`EX_TEMPFAIL` of `sysexits.h`).
    func run(_ body: () throws -> Void) throws {
        Parent.watch()
        do {
            try body()
        } catch let failure as any Failure where failure.kind == .io || failure.isOfAnother {
            Terminal.printError("prep: \(failure)")
            Foundation.exit(temporaryFailure)
        }
    }

    /// Prints the result, unless `--quiet`.
    func say(_ text: String) { if !quiet { Terminal.print(text) } }
}

extension Failure {
    /// Whether another process is at the same task.
    fileprivate var isOfAnother: Bool {
        if case .busy? = self as? StorageError { true } else { false }
    }
}

private let temporaryFailure: Int32 = 75

/// The process that started this one.
private enum Parent {
    /// Ends this process when its parent has ended, so that nothing goes on writing for a scheduler that is gone.
    static func watch() {
        let parent = getppid()
        Thread {
            while getppid() == parent { sleep(1) }
            Terminal.printError("prep: the process that started this one has ended")
            Foundation.exit(temporaryFailure)
        }.start()
    }
}

/// A part such as 3/64: its number, from 0, and how many there are.
struct PartNumber: ExpressibleByArgument {
    let number, count: Int

    init?(argument: String) {
        let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let number = numbers[0], let count = numbers[1], count > 0,
            (0..<count).contains(number)
        else { return nil }
        (self.number, self.count) = (number, count)
    }
}
