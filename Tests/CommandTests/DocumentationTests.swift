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
        "every prep command in the README and in the pages that show commands runs, in order",
        arguments: [
            "README.md", "docs/guide.md", "docs/inputs.md", "docs/splits.md", "docs/loader.md",
            "docs/training.md",
            "docs/exports.md",
        ])
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
        try folder.write("decisions.csv", Array("key,decision,label\n0/Zero_full (1).jpg,drop,\n".utf8))
        let commands = try text(page).split(separator: "\n").filter { $0.hasPrefix("$ prep ") }
        #expect(commands.count >= 3)
        for command in commands {
            let words = command.dropFirst("$ prep ".count).split(separator: " ").map(String.init)
            let result = try Tool.run(Tool.prep, words, in: folder.path)
            #expect(result.status == 0, "\(command): \(result.errors)")
        }
    }

    @Test("every link of a page leads to a file, and to a heading in it; every picture has a description")
    func links() throws {
        let root = URL(fileURLWithPath: "\(Fixtures.root)").standardizedFileURL
        let tracked = try Tool.run("git", ["ls-files", "*.md"], in: root.path)
        // In a copy without history, the pages that a user reads.
        let names =
            tracked.status == 0 ? tracked.output.split(separator: "\n").map(String.init) : ["README.md"]
        #expect(names.contains("README.md"))
        for name in names where !name.contains(".docc/") {
            let page = root.appendingPathComponent(name)
            for link in try String(contentsOf: page, encoding: .utf8).matches(
                of: /(!?)\[([^\]]*)\]\(([^)\s]+)\)/)
            {
                let target = String(link.output.3)
                #expect(
                    link.output.1.isEmpty || link.output.2.count > 20,
                    "\(name): \(target) needs a description")
                if target.contains("://") || target.hasPrefix("mailto:") { continue }
                let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                let file =
                    parts[0].isEmpty
                    ? page : page.deletingLastPathComponent().appendingPathComponent(String(parts[0]))
                #expect(FileManager.default.fileExists(atPath: file.path), "\(name): \(target)")
                guard parts.count == 2, let text = try? String(contentsOf: file, encoding: .utf8) else {
                    continue
                }
                #expect(Self.anchors(text).contains(String(parts[1])), "\(name): \(target)")
            }
        }
    }

    /// As GitHub makes them of headings: small letters, spaces as dashes, no punctuation.
    private static func anchors(_ text: String) -> Set<String> {
        let headings = text.split(separator: "\n").filter { $0.hasPrefix("#") }
        return Set(
            headings.map { heading in
                heading.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
                    .replacing(" ", with: "-").filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
            })
    }

    @Test("docs/unsafe.md has a row for every Swift file that reaches memory without the compiler's checks")
    func unsafe() throws {
        let sources = URL(fileURLWithPath: "\(Fixtures.root)/Sources")
        let names = try FileManager.default.subpathsOfDirectory(atPath: sources.path).filter {
            $0.hasSuffix(".swift")
        }
        let found = try names.filter { name in
            try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8).contains(
                /[uU]nsafe/)
        }
        #expect(found.count > 50)
        let listed = try text("docs/unsafe.md").matches(of: /(?m)^\| `([^`]+\.swift)`/).map {
            String($0.output.1)
        }
        #expect(Set(found).isSubset(of: listed), "\(Set(found).subtracting(listed).sorted())")
        #expect(Set(listed).isSubset(of: names), "\(Set(listed).subtracting(names).sorted())")
        #expect(Set(listed).count == listed.count)
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
            #expect(result.output.contains("\n  prep \(verb) "), "\(verb) has no example")
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
