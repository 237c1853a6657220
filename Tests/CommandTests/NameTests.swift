// Names from strangers: what they may be, and what a terminal gets to see of them.

import Foundation
import TestSupport
import Testing

@Suite("Names of classes and images")
struct NameTests: CommandSuite {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// An archive with six photos, no two of them alike, in each of the folders.
    private func archive(_ names: [[UInt8]]) throws -> String {
        if !FileManager.default.fileExists(atPath: folder("photos")) {
            try Tool.run("python3", ["-m", "zipfile", "-e", Fixtures.path("digits.zip"), folder("photos")])
        }
        let photos = try contents(of: folder("photos")).filter { $0.value.count > 100 }
            .sorted { $0.key < $1.key }.map { Array($0.value) }
        var entries: [(name: [UInt8], bytes: [UInt8])] = []
        for (label, name) in names.enumerated() {
            for number in 0..<6 {
                entries.append((name + Array("/\(number).jpg".utf8), photos[15 * label + number]))
            }
        }
        try folder.write("names.tar", Tar.archive(entries))
        return folder("names.tar")
    }

    private func classes(_ dataset: String) throws -> [String] {
        let text = try prep("inspect", dataset, "--json").output
        let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return try #require(json?["classes"] as? [String])
    }

    /// What could recolour, overwrite or reorder text in a terminal.
    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 && scalar != "\n" || (0x7F..<0xA0).contains(scalar.value)
            || scalar.properties.isBidiControl || scalar == "\u{200B}"
    }

    /// Names, and their text.
    private static let hostile = [
        "\u{1B}[31mred": "\\x1B[31mred", "a\rb": "a\\x0Db", "tab\there": "tab\\x09here",
        "bell\u{7}": "bell\\x07",
        "\u{202E}gnp.exe": "\\xE2\\x80\\xAEgnp.exe", "\u{9B}2J": "\\xC2\\x9B2J",
        "line\nbreak": "line\\x0Abreak",
        "no\u{200B}width": "no\\xE2\\x80\\x8Bwidth", "tag\u{E0041}": "tag\\xF3\\xA0\\x81\\x81",
        "=1+1": "=1+1", "@SUM(A1)": "@SUM(A1)",
    ]

    @Test("names cannot steer a terminal or a spreadsheet, and all of them can be told apart")
    func hostileNames() throws {
        let input = try archive(Self.hostile.keys.map { Array($0.utf8) })
        let dataset = folder("x")
        var outputs = [try prep("images", input, "-o", dataset, "--split", "1/1/1", "--channels", "gray")]
        #expect(outputs[0].status == 0, "\(outputs[0].errors)")
        outputs.append(try prep("train", dataset, "--recipe", "mlp", "--epochs", "1", "-o", folder("run")))
        for command in [
            ["inspect", dataset], ["inspect", dataset, "--json"], ["inspect", dataset, "--show", "8"],
            ["verify", dataset], ["verify", dataset, "--source", input], ["audit", folder("run"), dataset],
            ["audit", folder("run"), dataset, "--json"], ["evaluate", folder("run"), dataset],
            ["evaluate", folder("run"), dataset, "--json"], ["predict", folder("run"), input],
            ["predict", folder("run"), input, "--json"],
            ["evaluate", folder("run"), dataset, "--predictions", folder("p.csv")],
            ["inspect", dataset, "--class", "\u{1B}[31mblue"],
        ] { outputs.append(try Tool.run(Tool.prep, command)) }
        for output in outputs {
            let text = output.output + output.errors
            #expect(
                !text.unicodeScalars.contains(where: Self.isHarmful), "\(text.debugDescription.prefix(300))")
        }
        #expect(outputs.dropLast().allSatisfy { $0.status == 0 })
        #expect(Set(try classes(dataset)) == Set(Self.hostile.values))
        for table in [folder("x/provenance.csv.zst"), folder("p.csv")] {
            let text =
                table.hasSuffix(".zst")
                ? try Tool.run("zstd", ["-dcq", table]).output
                : try String(contentsOfFile: table, encoding: .utf8)
            #expect(!text.unicodeScalars.contains(where: Self.isHarmful))
            let cells = text.split { $0 == "," || $0 == "\n" }
            #expect(!cells.contains { $0.hasPrefix("=") || $0.hasPrefix("@") })
            #expect(cells.contains("\\x3D1+1") && cells.contains("\\x40SUM(A1)"))
        }
    }

    @Test("folders that look alike but are spelled differently are different classes, also to a model")
    func normalization() throws {
        let input = try archive(["\u{E9}", "e\u{301}"].map { Array($0.utf8) })
        #expect(
            try prep("images", input, "-o", folder("x"), "--split", "1/1/1", "--channels", "gray").status == 0
        )
        let names = try classes(folder("x"))
        #expect(names.map { Array($0.utf8) } == [[0x65, 0xCC, 0x81], [0xC3, 0xA9]])
        #expect(
            try prep("train", folder("x"), "--recipe", "mlp", "--epochs", "1", "-o", folder("run"), "--quiet")
                .status == 0)
        let line = try prep("predict", folder("run"), Fixtures.path("images/jpeg-rgb-420.jpg"), "--json")
        #expect(line.status == 0)
        #expect(line.output.contains("\"e\u{301}\":") && line.output.contains("\"\u{E9}\":"))
    }

    @Test("names in an old encoding are kept as bytes, or read with --names")
    func encodings() throws {
        // 中 and 国 in GBK.
        let input = try archive([[0xD6, 0xD0], [0xB9, 0xFA]])
        #expect(try prep("images", input, "-o", folder("bytes")).status == 0)
        #expect(try classes(folder("bytes")) == ["\\xB9\\xFA", "\\xD6\\xD0"])
        #expect(try prep("images", input, "-o", folder("gbk"), "--names", "gbk").status == 0)
        #expect(try classes(folder("gbk")) == ["中", "国"])
        #expect(try prep("verify", folder("gbk"), "--source", input).status == 0)
        let unknown = try prep("images", input, "-o", folder("z"), "--names", "klingon")
        #expect(unknown.status == 64 && unknown.errors.contains("iconv"))
    }
}
