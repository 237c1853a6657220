// Decisions about single samples: --relabel.

import Dataset
import Foundation
import Shards
import TestSupport
import Testing

@testable import Pipeline

@Suite("Decisions about labels")
struct RelabelTests {
    private let folder: TemporaryFolder
    private let configuration: PipelineConfiguration

    init() throws {
        folder = try TemporaryFolder()
        configuration = try PipelineConfiguration.named("kaggle")
    }

    private func prepare(_ table: String, to output: String) throws -> PreparedDataset {
        try folder.write("decisions.csv", Array(table.utf8))
        var configuration = configuration
        configuration.relabelling = try Relabelling(contentsOf: folder("decisions.csv"))
        _ = try Preparation(
            configuration: configuration, input: Fixtures.path("digits.zip"), output: folder(output),
            workers: 2
        ).run()
        return try PreparedDataset(folder(output))
    }

    @Test("labels change, samples leave, the dataset records both, and the source still verifies")
    func applied() throws {
        let table = """
            decision,label,key
            relabel,7,0/Zero_full (1).jpg
            drop,,0/Zero_full (2).jpg
            keep,,0/Zero_full (3).jpg

            """
        let dataset = try prepare(table, to: "x")
        let rows = try dataset.provenance()
        #expect(rows.first { $0.key.text == "0/Zero_full (1).jpg" }?.label == "7")
        #expect(rows.first { $0.key.text == "0/Zero_full (3).jpg" }?.label == "0")
        #expect(!rows.contains { $0.key.text == "0/Zero_full (2).jpg" })
        let left = try dataset.rejections().first { $0.key.text == "0/Zero_full (2).jpg" }
        #expect(left?.reason == "left out by --relabel")
        let recorded = dataset.manifest.configuration.canonicalText
        #expect(
            recorded.contains(
                #""relabel":{"drop":["0/Zero_full (2).jpg"],"labels":{"0/Zero_full (1).jpg":"7"}}"#))
        let check = try SourceVerification.check(dataset, against: [Fixtures.path("digits.zip")], workers: 2)
        #expect(check.problems.isEmpty, "\(check.problems)")
        // As a spreadsheet writes it, in another order: the same bytes.
        let lines = table.split(separator: "\n", omittingEmptySubsequences: false)
        let sheet = "\u{FEFF}" + ([lines[0], lines[3], lines[2], lines[1]]).joined(separator: "\r\n")
        #expect(try prepare(sheet, to: "y").manifest.digest == dataset.manifest.digest)
    }

    @Test("a class may end in a space, and spaces behind commas are none of a class's")
    func spaces() throws {
        for name in ["a", "a ", "b"] {
            for index in 0..<4 {
                try folder.write("photos/\(name)/\(index).png", try Fixtures.bytes("images/png-gray-8.png"))
            }
        }
        try folder.write(
            "decisions.csv", Array("key,decision,label\nb/0.png,relabel,a \nb/1.png, relabel , b\n".utf8))
        var configuration = try PipelineConfiguration.named("images")
        configuration.relabelling = try Relabelling(contentsOf: folder("decisions.csv"))
        _ = try Preparation(
            configuration: configuration, input: folder("photos"), output: folder("x"), workers: 1
        ).run()
        let rows = try PreparedDataset(folder("x")).provenance()
        #expect(rows.first { $0.key.text == "b/0.png" }?.label == "a ")
        #expect(rows.first { $0.key.text == "b/1.png" }?.label == "b")
    }

    @Test("a decision is for one sample: names that differ only in how an é is written are not told apart")
    func equivalent() throws {
        for (name, image) in [("\u{E9}", "png-gray-8.png"), ("e\u{301}", "jpeg-gray.jpg")] {
            try folder.write("photos/a/\(name).png", try Fixtures.bytes("images/\(image)"))
        }
        try folder.write("decisions.csv", Array("key,decision,label\na/\u{E9}.png,drop,\n".utf8))
        var configuration = try PipelineConfiguration.named("images")
        configuration.relabelling = try Relabelling(contentsOf: folder("decisions.csv"))
        let error = #expect(throws: PipelineError.self) {
            try Preparation(
                configuration: configuration, input: folder("photos"), output: folder("x"), workers: 1
            ).run()
        }
        #expect(
            error?.description.contains("two samples have the name a/é.png") == true,
            "\(String(describing: error))")
    }

    @Test(
        "labels may be written as spreadsheets are safe from them: with the first character of a formula escaped"
    )
    func formula() throws {
        for separator in [",", ";", "\t"] {
            let text = "key,decision,label\na,relabel,\\x3D1+1\nb,relabel,7\n".replacing(",", with: separator)
            try folder.write("x.csv", Array(text.utf8))
            #expect(try Relabelling(contentsOf: folder("x.csv")).labels == ["a": "=1+1", "b": "7"])
        }
    }

    @Test("a dataset records no more decisions than it can read again")
    func tooMany() throws {
        func table(_ count: Int) throws -> Relabelling {
            let lines = (0..<count).map { "folder/image-\($0 + 100_000).png,drop,\n" }
            try folder.write("many.csv", Array(("key,decision,label\n" + lines.joined()).utf8))
            return try Relabelling(contentsOf: folder("many.csv"))
        }
        // Each name of 23 letters, with quotes and a comma.
        let most = (Relabelling.byteLimit - #"{"drop":[],"labels":{}}"#.utf8.count + 1) / 26
        #expect(try table(most).dropped.count == most)
        let error = #expect(throws: PipelineError.self) { try table(most + 1) }
        #expect(error?.description.contains("the limit is \(Relabelling.byteLimit)") == true)
    }

    @Test(
        "a table that cannot be applied is refused with its line",
        arguments: [
            ("key,label\n", ":1: the first line must name the columns key, decision, label"),
            ("key,decision,label\na.jpg,dorp,\n", ":2: decision: “dorp” is not one of keep, relabel, drop"),
            ("key,decision,label\na.jpg,relabel,\n", ":2: relabel needs a label"),
            ("key,decision,label\na.jpg,drop,\na.jpg,drop,\n", ":3: a.jpg is decided twice"),
            ("key,decision,label\na.jpg,keep,\na.jpg,drop,\n", ":3: a.jpg is decided twice"),
            ("key,decision,label\na.jpg\n", ":2: too few cells"),
            ("key,decision,label\na.jpg,keep,\n\"b.jpg\"x,drop,\n", ":3: not valid CSV"),
            ("key,decision,label\na.jpg,keep,\n\"b.jpg,drop,\n", ":3: not valid CSV"),
            ("key,decision,label\na.jpg,drop,\n", "there is no sample a.jpg"),
            (
                "key,decision,label\n0/Zero_full (1).jpg,relabel,seven\n",
                "unknown class “seven”; allowed: 0, 1"
            ),
        ])
    func refused(table: String, message: String) throws {
        let error = #expect(throws: PipelineError.self) { try prepare(table, to: "x") }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    }
}
