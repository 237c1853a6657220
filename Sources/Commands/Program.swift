// The program as a function: runs a command line, or tells what it would prepare.

internal import ArgumentParser
internal import Dataset
internal import Foundation
public import Pipeline

/// The program `prep`.
public enum Program {
    /// Runs a command, and ends the process. A failure becomes one or two lines and an exit status.
    ///
    /// - Parameter arguments: without the name of the program
    public static func run(_ arguments: [String]) -> Never {
        Interruption.install()
        // If the caller closed a standard stream, the next file opened would take its place.
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            open("/dev/null", O_RDONLY)
        }
        // Without TZ, the C library looks for /etc/localtime each time libarchive reads a date.
        setenv("TZ", ":/etc/localtime", 0)
        if let processor = ProcessInfo.processInfo.environment["PREP_CPU"], processor != "avx2" {
            fail("PREP_CPU is “\(processor)”; it can only be avx2, which leaves AVX-512 unused", .usage)
        }
        // Swift would repair them, and prep read or write files of other names.
        for place in 1..<max(Int(CommandLine.argc), 1) {
            guard let argument = CommandLine.unsafeArgv[place], String(validatingCString: argument) == nil
            else { continue }
            let name = Key(bytes: UnsafeRawBufferPointer(start: argument, count: strlen(argument))).text
            fail("\(name): not UTF-8\nRename the file, or name it by a link.", .usage)
        }
        if let problem = UsageMessage.unknownCommand(arguments) { fail(problem, .usage) }
        var command: any ParsableCommand
        do {
            command = try Prep.parseAsRoot(UsageMessage.arguments(arguments))
        } catch {
            if Prep.exitCode(for: error) == .success { leave(error) }
            fail(UsageMessage.text(error, arguments), .usage)
        }
        do {
            try command.run()
            exit(0)
        } catch let failure as any Failure {
            fail("\(failure)", failure.kind)
        } catch {
            guard let error = error as? ValidationError else { leave(error) }
            fail("\(error.message)\nSee prep \(type(of: command)._commandName) --help.", .usage)
        }
    }

    /// Ends with what is no failure, such as a help text, or one that ArgumentParser words.
    private static func leave(_ error: any Error) -> Never {
        guard Prep.exitCode(for: error) == .success else { Prep.exit(withError: error) }
        Terminal.print(drawing: Prep.fullMessage(for: error))
        exit(0)
    }

    private static func fail(_ problem: String, _ kind: FailureKind) -> Never {
        Terminal.printError("prep: \(problem)")
        exit(kind.exitStatus)
    }

    /// The preparation that a command line of `kaggle`, `images`, `mnist` or `run` asks for.
    ///
    /// - Parameter arguments: without the name of the program
    /// - Throws: ``UsageError`` with what the program would print, or the errors of a preparation
    public static func preparation(_ arguments: [String]) throws -> Preparation {
        let command: any ParsableCommand
        do {
            command = try Prep.parseAsRoot(arguments)
        } catch {
            throw UsageError(description: Prep.message(for: error))
        }
        guard let preparing = command as? any PreparingCommand else {
            throw UsageError(description: "only kaggle, images, mnist and run prepare a dataset")
        }
        guard preparing.options.work == nil else {
            throw UsageError(description: "--work is for the command line: prep … --work FOLDER")
        }
        do {
            return try preparing.preparation()
        } catch let error as ValidationError {
            throw UsageError(description: error.message)
        }
    }

    /// A command line that makes no sense.
    struct UsageError: Failure {
        let description: String
        var kind: FailureKind { .usage }
    }
}
