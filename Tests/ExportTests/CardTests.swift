// The metadata of a dataset: what is said, and whose files are replaced.

import Configuration
import Dataset
import Foundation
import Pipeline
import Shards
import Storage
import TestSupport
import Testing

@testable import Export

@Suite("Dataset cards")
struct CardTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func prepare(about: About = About()) throws -> PreparedDataset {
        var configuration = try PipelineConfiguration.named("mnist")
        configuration.about = about
        _ = try Preparation(
            configuration: configuration, input: Fixtures.path("mnist"), output: folder("mnist"), workers: 2,
            memory: 1 << 28, overwrite: true
        ).run()
        return try PreparedDataset(folder("mnist"))
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: folder("mnist/\(name)"), encoding: .utf8)
    }

    @Test("hold no HTML, whatever mark is before a bracket, and take over no file of gigabytes")
    func markup() throws {
        var about = About()
        about.description = "\u{600}<script>alert(1)"
        _ = try DatasetCard(try prepare(), about: about).write()
        #expect(try text("README.md").unicodeScalars.count { $0 == "<" } == 3)
        try FileManager.default.removeItem(atPath: folder("mnist/README.md"))
        let file = open(folder("mnist/README.md"), O_CREAT | O_WRONLY, 0o644)
        ftruncate(file, 1 << 40)
        close(file)
        #expect(throws: ExportError.self) {
            try DatasetCard(try PreparedDataset(folder("mnist")), about: about).write()
        }
    }

    @Test(
        "licences have SPDX's page, and the Hub's name or none",
        arguments: [
            ("ODbL-1.0", "ODbL-1.0", "license: odbl"), ("cc-by-4.0", "CC-BY-4.0", "license: cc-by-4.0"),
            ("GPL-3.0-only", "GPL-3.0-only", "license: gpl-3.0"),
            (
                "CC-BY-SA-2.0", "CC-BY-SA-2.0",
                "license: other\nlicense_link: \"https://spdx.org/licenses/CC-BY-SA-2.0.html\"\n"
                    + "license_name: \"CC-BY-SA-2.0\""
            ),
        ])
    func licences(text: String, page: String, lines: String) {
        #expect(License(text: text).url == "https://spdx.org/licenses/\(page).html")
        #expect(License(text: text).frontMatter == lines)
    }

    @Test("say no more of the split than holds")
    func leaks() throws {
        func words(_ change: (inout PipelineConfiguration) -> Void) throws -> String {
            var configuration = try PipelineConfiguration.named("mnist")
            change(&configuration)
            let output = folder("card-\(configuration.near ?? 1)-\(configuration.officialTest)")
            let manifest = try Preparation(
                configuration: configuration, inputs: [Fixtures.path("mnist")], output: output, workers: 1
            ).run().manifest
            return DatasetSummary(manifest).steps.joined(separator: " ")
        }
        #expect(
            try words { $0.officialTest = false }.contains("So do images that differ by at most 8 levels"))
        let apart = try words { $0.near = 0 }
        #expect(apart.contains("may lie in different splits") && !apart.contains("So do"))
    }

    @Test("say what the pipeline says, unless an option says something else")
    func words() throws {
        var about = About()
        (about.license, about.creators, about.date) = ("CC-BY-4.0", ["Ada", "Charles"], "2026-11-27")
        let dataset = try prepare(about: about)
        var other = About()
        other.license = "MIT"
        _ = try DatasetCard(dataset, about: other).write()
        let croissant = try text("croissant.json")
        #expect(croissant.contains("\"license\": \"https://spdx.org/licenses/MIT.html\""))
        #expect(
            croissant.contains("Ada") && croissant.contains("Charles") && croissant.contains("2026-11-27"))
        #expect(croissant.contains(dataset.manifest.digest.hex))
        let readme = try text("README.md")
        #expect(readme.hasPrefix("---\npretty_name: \"mnist\"\nlicense: mit\n"))
        #expect(readme.contains("| class | train | validation | test |"))
        // What is said does not change the data.
        #expect(try prepare().manifest.digest == dataset.manifest.digest)
    }

    @Test("belong to the dataset: verification accepts them, a new dataset does not keep its predecessor's")
    func ownership() throws {
        let dataset = try prepare()
        _ = try DatasetCard(dataset, about: About()).write()
        #expect(Verification(of: dataset, workers: 2).problems.isEmpty)
        _ = try prepare()
        #expect(!FileManager.default.fileExists(atPath: folder("mnist/croissant.json")))
    }

    @Test("go with their data; a README of somebody's own stays")
    func replacement() throws {
        for isOwn in [false, true] {
            _ = try DatasetCard(try prepare(), about: About()).write()
            if isOwn { try folder.write("mnist/README.md", Array("mine\n".utf8)) }
            _ = try prepare()
            #expect(FileManager.default.fileExists(atPath: folder("mnist/README.md")) == isOwn)
        }
    }

    @Test("show names and citations as they are, whatever Markdown would make of them")
    func markdown() throws {
        var about = About()
        (about.creators, about.citation) = (["<b>[x](y)"], "a\n```\n# b")
        _ = try DatasetCard(try prepare(), about: about).write()
        let readme = try text("README.md")
        #expect(readme.contains(#"By \<b\>\[x\]\(y\)."#))
        #expect(readme.contains("``````text\na\n```\n# b\n``````"))
    }

    @Test("show nothing of a stranger's manifest that steers a terminal or a browser")
    func hostile() throws {
        var about = About()
        about.description = "d\u{1B}[31m\u{202E}</script><img src=x>"
        (about.creators, about.date) = (["A\u{202E}"], "2026-11-27")
        _ = try DatasetCard(try prepare(about: about), about: About()).write()
        for name in ["README.md", "croissant.json"] {
            #expect(
                !(try text(name).unicodeScalars.contains { $0.isInvisibleControl && $0 != "\n" }), "\(name)")
        }
        #expect(try text("README.md").contains(#"d\x1b[31m\u202e&lt;/script>&lt;img src=x>"#))
        let summary = try text("README.md")
        #expect(!summary.contains("<img") && !summary.contains("</script"))
        // Values that no pipeline may have are not taken from a manifest.
        let read = About(.object(["date": .string("yesterday"), "creators": .strings(["a\nb", "c"])]))
        #expect(read.date == nil && read.creators == ["c"])
    }

    @Test("replace a README of their own, and nobody else's")
    func readme() throws {
        let dataset = try prepare()
        _ = try DatasetCard(dataset, about: About()).write()
        _ = try DatasetCard(dataset, about: About()).write()
        try folder.write("mnist/README.md", Array("mine\n".utf8))
        #expect(throws: ExportError.self) { _ = try DatasetCard(dataset, about: About()).write() }
        #expect(try text("README.md") == "mine\n")
    }

    @Test("are read from a pipeline, and a value that makes no sense is an error with its line")
    func pipeline() throws {
        let head = "name: x\nsource: images\nstages: []\nabout:\n"
        let good = try PipelineConfiguration(
            yaml: head + "  license: CC0-1.0\n  creators: [Ada]\n  sources: [\"https://example.org/a\"]\n",
            file: "f")
        #expect(good.about.license == "CC0-1.0" && good.about.sources == ["https://example.org/a"])
        // What the manifest records can be read again, whatever characters are in it.
        var odd = good
        odd.about.description = "a\u{7F}b\u{9B}c\u{FEFF}\u{FFFE}\u{2028}\"\\"
        for configuration in [good, odd] {
            let again = try PipelineConfiguration(yaml: configuration.definition.yamlText, file: "f")
            #expect(again == configuration)
        }
        for (line, words) in [
            ("date: yesterday", "such as 2026-11-27"), ("date: 2026-02-29", "such as 2026-11-27"),
            ("license: my own", "SPDX"), ("license: 5", "SPDX"), ("url: 'https://x.org/<b>'", "https://"),
            ("url: here", "https://"),
            ("licence: MIT", "licence"), ("creators: Ada", "list"),
        ] {
            let error = #expect(throws: ConfigurationError.self) {
                try PipelineConfiguration(yaml: head + "  \(line)\n", file: "f")
            }
            #expect(error?.line == 5, "\(line)")
            #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(line)")
        }
    }
}
