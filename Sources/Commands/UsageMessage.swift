// What is said about a command line that cannot be understood: in a line, with the option, the value and what is allowed.

internal import ArgumentParser
internal import Dataset
internal import Storage

/// Turns the messages of ArgumentParser, which name no value that is near, into ours.
enum UsageMessage {
    /// The command line with `--version` for `-V`, which all commands take.
    static func arguments(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.count
        return arguments.enumerated().map { $0.offset < end && $0.element == "-V" ? "--version" : $0.element }
    }

    /// What to say if the first word is no command.
    static func unknownCommand(_ arguments: [String]) -> String? {
        guard let word = arguments.first(where: { $0 != "help" }), !word.hasPrefix("-") else { return nil }
        let names = Prep.configuration.subcommands.map { $0._commandName }
        if names.contains(word) { return nil }
        if let nearest = Spelling.nearest(to: word, in: names) {
            return "there is no command “\(word.excerpt)”; did you mean prep \(nearest)?"
        }
        return "there is no command “\(word.excerpt)”\n\(advice(word))"
    }

    private static func advice(_ word: String) -> String {
        guard FileSystem.exists(word) else { return "See prep --help." }
        let contents = PathContents(word)
        let commands: [(PathContents, String)] = [
            (.dataset, "inspect"), (.idxFolder, "mnist"), (.run, "draw"),
        ]
        let command = commands.first { $0.0 == contents }?.1 ?? "images"
        return "A command comes first, such as prep \(command) \(word)"
    }

    /// - Parameter error: of parsing `arguments`
    static func text(_ error: any Error, _ arguments: [String]) -> String {
        let lines = Prep.fullMessage(for: error).split(separator: "\n", omittingEmptySubsequences: false)
        func line(after start: String) -> String? {
            lines.first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
        }
        let problem = line(after: "Error: ") ?? Prep.message(for: error)
        let help = line(after: "Help:  ").map {
            $0.split(separator: "  ", maxSplits: 1).last.map(String.init) ?? ""
        }
        let command = commandName(arguments).map { " \($0)" } ?? ""
        return "\(translated(problem, help, arguments))\nSee prep\(command) --help."
    }

    private static func translated(_ problem: String, _ help: String?, _ arguments: [String]) -> String {
        if let match = problem.wholeMatch(of: /Missing expected argument '(.+)'/) {
            if let option = unknownOption(arguments) { return option }
            return "\(match.1.replacing(" ...", with: "")) is missing\(help.map { ": \($0)" } ?? "")"
        }
        if let match = problem.wholeMatch(of: /Missing value for '(-\S+).*'/) {
            let option = String(match.1)
            let next = arguments.drop { $0 != option }.dropFirst().first
            if let next, Double(next) != nil { return "\(option): \(next) must not be negative" }
            return "\(option) needs a value" + (help.map { ": \($0)" } ?? "")
        }
        if let match = problem.wholeMatch(
            of: /The value '(.*)' is invalid for '(\S+?)(?: <(.*?)>)?'(?:\. Please provide one of (.*)\.)?/)
        {
            let (value, option) = (String(match.1), match.2)
            if let choices = match.4 {
                let words = choices.matches(of: /'([^']*)'/).map { String($0.1) }
                return "\(option): \(Spelling.notOneOf(words, value))"
            }
            // Where the name of a value is an example of it.
            if let example = match.3, example.contains(where: \.isNumber) {
                return "\(option): “\(value.excerpt)” is not like \(example)"
            }
            if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                return "\(option): \(value.excerpt) is too large"
            }
            let isNumber = Double(value) != nil
            return "\(option): “\(value.excerpt)” is not a \(isNumber ? "whole number from 0" : "number")"
        }
        if let match = problem.wholeMatch(of: /Unknown option '(\S+)'.*/) {
            return unknownOption(arguments) ?? "unknown option \(match.1)"
        }
        if let match = problem.wholeMatch(of: /(?:\d+ u|U)nexpected arguments?:? '(.*)'/) {
            return "“\(match.1.prefix(80))” is more than the command takes"
        }
        if let match = problem.wholeMatch(of: /The option '(\S+)' does not take any value.*/) {
            return "\(match.1) takes no value"
        }
        return problem.prefix(1).lowercased() + problem.dropFirst()
    }

    /// The command that the words name.
    private static func commandName(_ arguments: [String]) -> String? {
        arguments.first { word in Prep.configuration.subcommands.contains { $0._commandName == word } }
    }

    /// What to say about the first option that the command does not have.
    private static func unknownOption(_ arguments: [String]) -> String? {
        let command =
            Prep.configuration.subcommands.first { $0._commandName == commandName(arguments) } ?? Prep.self
        let help = Prep.helpMessage(for: command, includeHidden: true)
        let known = help.matches(of: /(?:^|[ \/])(--?[A-Za-z][A-Za-z-]*)/.anchorsMatchLineEndings()).map {
            String($0.1)
        }
        for word in arguments.prefix(while: { $0 != "--" }) where word.hasPrefix("--") {
            let name = String(word.prefix { $0 != "=" })
            guard !known.contains(name), name != "--generate-completion-script",
                name != "--experimental-dump-help"
            else { continue }
            let long = known.filter { $0.hasPrefix("--") }
            return "unknown option \(name)"
                + (Spelling.nearest(to: name, in: long).map { "; did you mean \($0)?" } ?? "")
        }
        return nil
    }
}
