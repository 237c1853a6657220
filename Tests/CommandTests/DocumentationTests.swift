// The README's commands run, and FORMAT.md names every field that is written.

import Foundation
import TestSupport
import Testing

@Suite("Documentation")
struct DocumentationTests {
    private func text(_ name: String) throws -> String {
        String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: "\(Fixtures.root)/\(name)")), as: UTF8.self)
    }

    @Test(
        "every prep command in the README and in the pages on inputs and exports runs, in order",
        arguments: ["README.md", "docs/inputs.md", "docs/exports.md"])
    func commands(page: String) throws {
        let folder = try TemporaryFolder()
        let inputs = ["scans", "labels.csv", "train.csv.gz", "test.csv", "digits.npz", "emnist"].map {
            ($0, Fixtures.path("inputs/\($0)"))
        }
        for (name, target) in inputs + [
            ("archive.zip", Fixtures.path("digits.zip")), ("letters.zip", Fixtures.path("digits.zip")),
            ("dataset", Fixtures.path("mnist")), ("pipelines", "\(Fixtures.root)/pipelines"),
        ] {
            // Copies, because commands may write to them.
            try FileManager.default.copyItem(atPath: target, toPath: folder(name))
        }
        let commands = try text(page).split(separator: "\n").filter { $0.hasPrefix("$ prep ") }
        #expect(commands.count >= 3)
        for command in commands {
            let words = command.dropFirst("$ prep ".count).split(separator: " ").map(String.init)
            let result = try Tool.run(Tool.prep, words, in: folder.path)
            #expect(result.status == 0, "\(command): \(result.errors)")
        }
    }

    @Test("FORMAT.md names every key of dataset.json and every column of the provenance")
    func format() throws {
        let folder = try TemporaryFolder()
        #expect(
            try Tool.run(Tool.prep, ["kaggle", Fixtures.path("digits.zip"), "-o", folder("x")]).status == 0)
        let format = try text("FORMAT.md")
        let json = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: folder("x/dataset.json"))))
        var keys = Set<String>()
        func collect(_ value: Any) {
            if let object = value as? [String: Any] {
                for (key, member) in object {
                    keys.insert(key)
                    // What stands below belongs to pipeline files or to class names.
                    if key != "configuration", key != "classes" { collect(member) }
                }
            } else if let array = value as? [Any] {
                for item in array { collect(item) }
            }
        }
        collect(json)
        #expect(keys.count > 30)
        for key in keys { #expect(format.contains("`\(key)`"), "\(key)") }
        let rows = try Tool.run("zstd", ["-dcq", folder("x/provenance.csv.zst")]).output.split(
            separator: "\n")
        for column in rows[0].split(separator: ",") { #expect(format.contains("`\(column)`"), "\(column)") }
    }

    @Test("every command has a help text that explains its options")
    func help() throws {
        let verbs = [
            "kaggle", "images", "mnist", "run", "inspect", "verify", "synthesize", "train", "evaluate",
            "predict", "draw",
            "audit", "compare", "leaks", "diff", "export", "card", "recipes", "bench", "stage", "plan",
            "partition", "write",
            "finish",
        ]
        for verb in verbs {
            let result = try Tool.run(Tool.prep, [verb, "--help"])
            #expect(result.status == 0)
            #expect(result.output.contains("OVERVIEW:") && result.output.contains("USAGE: prep \(verb)"))
            // The usage is one line of all options.
            let lines = result.output.split(separator: "\n").filter { !$0.hasPrefix("USAGE: ") }
            #expect(lines.allSatisfy { $0.count <= 80 }, "\(verb)")
        }
        let root = try Tool.run(Tool.prep, ["--help"]).output
        for verb in verbs { #expect(root.contains("\n  \(verb) "), "\(verb)") }
        for part in ["prep kaggle archive.zip", "Exit status: 0 success, 64 wrong usage, 65 bad input data"] {
            #expect(root.contains(part))
        }
    }
}
