// Mistakes of people, and the message that each gets: fixtures/mistakes/mistakes.txt lists them.

import Foundation
import TestSupport
import Testing

@Suite("Mistakes")
struct MistakeTests {
    /// A command line, and what it prints and returns.
    private struct Mistake {
        let command: Substring
        let answer: String
    }

    /// Each begins with a line `$ prep …`, then come the lines on stderr, then the exit status in brackets.
    private static func listed() throws -> [Mistake] {
        let text = try String(contentsOfFile: Fixtures.path("mistakes/mistakes.txt"), encoding: .utf8)
        return text.split(separator: "\n\n").filter { $0.hasPrefix("$ prep ") }.map { block in
            let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
            return Mistake(
                command: lines[0].dropFirst("$ prep ".count),
                answer: lines.dropFirst().filter { !$0.isEmpty }.joined(separator: "\n"))
        }
    }

    @Test("each gets the message and the exit status that mistakes.txt promises, and leaves nothing")
    func messages() throws {
        let mistakes = try Self.listed()
        #expect(mistakes.count >= 150)
        let folder = try TemporaryFolder()
        let setup = try Tool.run(
            "sh", [Fixtures.path("mistakes/setup.sh"), Fixtures.path(".."), Tool.prep], in: folder.path)
        #expect(setup.status == 0, "\(setup.errors)")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        for mistake in mistakes {
            let result = try Tool.run("sh", ["-c", "\(Tool.prep) \(mistake.command)"], in: folder.path)
            // Some paths are shown without links.
            let errors = result.errors.replacing("/private\(folder.path)/", with: "").replacing(
                "\(folder.path)/", with: "")
            #expect("\(errors)[\(result.status)]" == mistake.answer, "prep \(mistake.command)")
        }
        #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path) == names)
    }
}
