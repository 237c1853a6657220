// What commands write to, and what they must not: files of others, also through links and by names that hide them.

import Foundation
import TestSupport
import Testing

@Suite("Files that commands write", .serialized)
struct OutputTests: CommandSuite {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder.withMNIST()
        let run = try prep(
            "train", folder("mnist"), "--recipe", "mlp", "--epochs", "1", "-o", folder("run"), "-q")
        #expect(run.status == 0, "\(run.errors)")
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try #require(FileManager.default.contents(atPath: folder(name))), as: UTF8.self)
    }

    @Test("a table replaces a table of prep's, but no code, JSON or other table")
    func tables() throws {
        for line in [
            "from os import path, sep", "{\"a\": 1, \"b\": 2}", "file,label", "a;b;c", "image,folder,label",
            "key,label,split,group",
        ] {
            try folder.write("mine", Array("\(line)\n".utf8))
            let refused = try prep(
                "evaluate", folder("run"), folder("mnist"), "--predictions", folder("mine"))
            #expect(refused.status == 64 && refused.errors.contains("would be lost"), "\(refused.errors)")
            #expect(try text("mine") == "\(line)\n")
        }
        // Not an IDX file, whatever it is called.
        let own = folder("own-idx.csv")
        let photo = Fixtures.path("photos/3/Three_full (1).jpg")
        for words in [
            ["evaluate", folder("run"), folder("mnist"), "--predictions", own],
            ["audit", folder("run"), folder("mnist"), "--csv", own],
            ["leaks", folder("mnist"), folder("mnist"), "--csv", own],
            ["predict", folder("run"), photo, "--fit", "mnist", "--csv", own],
            ["predict", folder("run"), photo, "--fit", "mnist", "--submission", own],
        ] {
            // Another command's table is prep's too.
            for _ in 0..<2 {
                let written = try Tool.run(Tool.prep, words)
                #expect(
                    [0, 1].contains(written.status) && written.errors.isEmpty, "\(words) \(written.errors)")
            }
        }
        // What is printed to is gone on with.
        let both = try Tool.run(
            "/bin/sh",
            [
                "-c", "echo first >\"$4\"; \"$1\" evaluate \"$2\" \"$3\" --predictions /dev/fd/1 >>\"$4\"",
                "sh",
                Tool.prep, folder("run"), folder("mnist"), folder("log.csv"),
            ])
        #expect(both.status == 0, "\(both.errors)")
        #expect(try text("log.csv").hasPrefix("first\nid,key,label,prediction"))
        #expect(try text("log.csv").contains("accuracy"))
    }

    @Test("predictions of nothing replace no table")
    func nothing() throws {
        try folder.write("old.csv", Array("image,folder,label,probability 0\nx,,0,1\n".utf8))
        let failed = try prep("predict", folder("run"), folder("none.png"), "--csv", folder("old.csv"))
        #expect(failed.status == 65)
        #expect(try text("old.csv").contains("x,,0,1"))
    }

    @Test("a link that leads nowhere is no place for a file")
    func dangling() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder("away.csv"), withDestinationPath: folder("unmounted/away.csv"))
        let refused = try prep(
            "evaluate", folder("run"), folder("mnist"), "--predictions", folder("away.csv"))
        #expect(refused.status == 74 && refused.errors.contains("leads nowhere"), "\(refused.errors)")
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder("away.csv"))
                == folder("unmounted/away.csv"))
    }

    @Test("the page beside the runs of folds replaces no page of others, no run's and no dataset's")
    func foldsPage() throws {
        let made = try prep("mnist", Fixtures.path("mnist"), "-o", folder("folded"), "--folds", "2", "-q")
        #expect(made.status == 0, "\(made.errors)")
        try folder.write("site/report.html", Array("<!DOCTYPE html><title>mine</title>".utf8))
        try folder.write("thesis.zip", [1])
        try FileManager.default.createDirectory(atPath: folder("linked"), withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: folder("linked/report.html"), withDestinationPath: folder("thesis.zip"))
        for output in ["site", "linked", "run", "mnist"] {
            let before = try contents(of: folder(output))
            let refused = try prep(
                "train", folder("folded"), "--folds", "--recipe", "mlp", "--epochs", "1", "-o", folder(output)
            )
            #expect(refused.status == 64, "\(output): \(refused.errors)")
            #expect(try contents(of: folder(output)) == before)
        }
        #expect(try text("thesis.zip") == "\u{1}")
        // Nor is a page that the user did not name drawn over somebody's own.
        try FileManager.default.copyItem(
            atPath: folder("run/model.safetensors"), toPath: folder("site/model.safetensors"))
        try folder.write("site/draw.html", Array("<!DOCTYPE html><title>mine</title>".utf8))
        #expect(try prep("draw", folder("site/model.safetensors")).status == 64)
        #expect(try text("site/draw.html").contains("mine"))
    }

    @Test("synthesize replaces IDX files of its own alone, and never images without their labels")
    func synthesize() throws {
        func draw(_ words: String...) throws -> ToolResult {
            try Tool.run(Tool.prep, ["synthesize", folder("drawn"), "--count", "20"] + words)
        }
        #expect(try draw().status == 0)
        let first = try contents(of: folder("drawn"))
        #expect(first.count == 4)
        #expect(try draw().status == 64)
        #expect(try draw("--overwrite", "--seed", "1").status == 0)
        let second = try contents(of: folder("drawn"))
        #expect(second.keys == first.keys && second != first)
        try FileManager.default.removeItem(atPath: folder("drawn/t10k-labels-idx1-ubyte.gz"))
        for file in ["thesis.txt", ".synthesizing/thesis.txt", "t10k-labels-idx1-ubyte.gz/mine"] {
            try folder.write("drawn/\(file)", [1])
            let refused = try draw("--overwrite")
            #expect(refused.status == 64 && refused.errors.contains("would be lost"), "\(refused.errors)")
            #expect(try text("drawn/\(file)") == "\u{1}")
            try FileManager.default.removeItem(atPath: folder("drawn/\(file.split(separator: "/")[0])"))
        }
        #expect(try draw("--overwrite", "--seed", "1").status == 0)
        #expect(try contents(of: folder("drawn")) == second)
    }

    @Test("a name that is not UTF-8 is refused, because Swift would read or write another")
    func bytes() throws {
        let refused = try Tool.run(
            "/bin/sh",
            [
                "-c", "\"$1\" mnist \"$2\" -o \"$3\"$(printf '\\377')", "sh", Tool.prep,
                Fixtures.path("mnist"), folder("x"),
            ])
        #expect(refused.status == 64 && refused.errors.contains(#"x\xFF: not UTF-8"#), "\(refused.errors)")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder(".")).sorted() == ["mnist", "run"])
    }

    @Test("Ctrl-C ends an export and a synthesis, and nothing is left of them")
    func interrupted() throws {
        for words in [
            ["export", folder("big"), "--format", "folder", "-o", folder("out")],
            ["synthesize", folder("big.zip"), "--count", "1000000", "-j", "1"],
        ] {
            if words[0] == "export" {
                let made = try prep(
                    "mnist", Fixtures.path("mnist"), "-o", folder("big"), "--augment", "copies=200,shift=2",
                    "-q")
                #expect(made.status == 0, "\(made.errors)")
            }
            let left = ["big", "mnist", "run"]
            let process = try Tool.start(Tool.prep, words, errors: folder("run/errors")) {
                try FileManager.default.contentsOfDirectory(atPath: folder(".")).sorted() != left
            }
            process.interrupt()
            process.waitUntilExit()
            let errors = try String(contentsOfFile: folder("run/errors"), encoding: .utf8)
            #expect(process.terminationReason == .exit && process.terminationStatus == 130, "\(errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder(".")).sorted() == left)
        }
    }
}
