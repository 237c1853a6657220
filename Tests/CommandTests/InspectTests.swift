// prep inspect as something to look at: pages, drawings, contact sheets.

import Foundation
import TestSupport
import Testing

@Suite("Looking at a dataset")
struct InspectTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        _ = try prep("kaggle", Fixtures.path("digits.zip"), "-o", "x", "--augment", "rotate=5,copies=1")
    }

    @discardableResult
    private func prep(_ arguments: String...) throws -> ToolResult {
        try Tool.run(Tool.prep, arguments, in: folder.path)
    }

    private func bytes(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: folder(name)))
    }

    @Test("a page has every section, samples with key, place and digest, and is the same each time")
    func page() throws {
        let result = try prep("inspect", "x", "--html", "a.html")
        #expect(result.status == 0 && result.output.hasPrefix("a.html: "))
        #expect(try prep("inspect", "x", "--html", "b.html", "-j", "1").status == 0)
        #expect(try bytes("a.html") == bytes("b.html"))
        let page = String(decoding: try bytes("a.html"), as: UTF8.self)
        for part in [
            "203 images of 28x28", "Class <bdi>4</bdi>", "Mean image of class 7", "Histogram of gray levels",
            "Identical images", "truncated JPEG", "&quot;rotate&quot;: 5", "safetensors.numpy.load",
            "augmented copies included", "class 4 · train, shard 0, row ",
        ] { #expect(page.contains(part), "\(part)") }
        // A key and the digest of its source, as the provenance has them.
        let rows = try Tool.run("zstd", ["-dcq", folder("x/provenance.csv.zst")]).output.split(
            separator: "\n")
        let columns = rows[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(
            page.contains(
                "title=\"\(columns[1])\nclass \(columns[2]) · \(columns[3]), shard \(columns[4]), row \(columns[5])\nsource SHA-256 \(columns[6])\""
            ))
        #expect(page.utf8.count < 1_000_000)
    }

    @Test(
        "the page is in order in Chromium, on phone and desktop, light and dark",
        .enabled(if: Browser.isAvailable, "needs Chromium: apt-get install chromium"))
    func browser() throws {
        try prep("mnist", Fixtures.path("mnist"), "-o", "y", "--split", "100/0/0", "--compression", "none")
        try prep("inspect", "x", "--html", "inspect-photos.html")
        try prep("inspect", "y", "--html", "inspect-idx.html")
        let result = try Browser.problems([folder("inspect-photos.html"), folder("inspect-idx.html")])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test("samples are drawn in shades where there is no terminal, one of each class first")
    func show() throws {
        let text = try prep("inspect", "x", "--show", "10").output
        #expect(text.contains("█") && !text.contains("\u{1B}"))
        for label in 0..<10 { #expect(text.contains("\(label)  \(label)/"), "\(label)") }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
        let fours = try prep("inspect", "x", "--class", "4", "--show", "3").output
        #expect(fours.matches(of: /4  4\//).count == 3)
    }

    @Test("splits and keys choose what is drawn")
    func choice() throws {
        let rows = try Tool.run("zstd", ["-dcq", folder("x/provenance.csv.zst")]).output.split(
            separator: "\n"
        )
        .dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        let key = rows[5][1]
        let one = try prep("inspect", "x", "--key", key).output
        #expect(one.contains(key) && one.matches(of: /\d  \d\//).count == 1)
        let test = Set(rows.filter { $0[3] == "test" }.map { $0[1] })
        let shown = try prep("inspect", "x", "--split", "test", "--show", "50").output
        #expect(shown.matches(of: /\d  \d\//).count == test.count)
        for key in test { #expect(shown.contains(key), "\(key)") }
    }

    @Test(
        "augmented samples are drawn beside the sample, written as a sheet, and part of the page, if asked for"
    )
    func augmented() throws {
        let change = ["--augment", "flip=horizontal,rotate=20,erase=6"]
        let text = try Tool.run(
            Tool.prep, ["inspect", "x", "--augmented", "4", "--show", "2"] + change, in: folder.path
        ).output
        #expect(text.matches(of: /\d  \d\//).count == 2 && text.matches(of: /epoch 4/).count == 2)
        let sheet = try Tool.run(
            Tool.prep, ["inspect", "x", "--augmented", "12", "--png", "sheet.png"] + change, in: folder.path)
        // Eight rows of thirteen images of 28 pixels and a border.
        #expect(sheet.output == "sheet.png: 8 images and 12 augmented of each, 390x240 pixels\n")
        let page = try Tool.run(
            Tool.prep, ["inspect", "x", "--augmented", "3", "--html", "a.html"] + change, in: folder.path)
        #expect(page.output.hasPrefix("a.html: "))
        let markup = String(decoding: try bytes("a.html"), as: UTF8.self)
        #expect(markup.contains("Augmented samples") && markup.contains("flip=horizontal at 0.5"))
        try prep("inspect", "x", "--html", "b.html")
        // Without them, what the standard recipe makes of a few.
        #expect(String(decoding: try bytes("b.html"), as: UTF8.self).contains("Augmented samples"))
        for arguments in [
            ["--augmented", "4"], change, ["--augmented", "0"] + change,
            ["--augmented", "4", "--augment", "spin=1"],
        ] {
            #expect(try Tool.run(Tool.prep, ["inspect", "x"] + arguments, in: folder.path).status == 64)
        }
    }

    @Test("a contact sheet is a PNG file")
    func sheet() throws {
        let result = try prep("inspect", "x", "--png", "sheet.png", "--show", "25", "--class", "3")
        #expect(result.output.contains("sheet.png: ") && result.output.contains("█"))
        let png = try bytes("sheet.png")
        #expect(png.prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        let quiet = try prep("inspect", "x", "--png", "all.png")
        #expect(quiet.output == "all.png: 100 images, 300x300 pixels\n")
    }

    @Test(
        "what cannot be shown is said in a line, with what there is instead",
        arguments: [
            (["--class", "zebra"], ["zebra", "0, 1, 2"]), (["--key", "4/none.jpg"], ["4/none.jpg", "0/"]),
            (["--show", "0"], ["--show"]), (["--show", "3", "--json"], ["--json"]),
            (["--split", "dev"], ["dev"]),
        ])
    func failures(arguments: [String], words: [String]) throws {
        let result = try Tool.run(Tool.prep, ["inspect", "x"] + arguments, in: folder.path)
        #expect(result.status == 64)
        for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
    }

    @Test("a page that cannot be written is an I/O error")
    func unwritable() throws {
        let result = try prep("inspect", "x", "--html", "/proc/none/x.html")
        #expect(result.status == 74 && result.errors.contains("prep: /proc/none: no such file or folder"))
    }

    @Test(
        "the report of MNIST has less than a megabyte",
        .enabled(if: Fixtures.realData != nil, "set PREP_REAL_DATA to run on the real data"))
    func pageSize() throws {
        try prep("mnist", Fixtures.mnistFolder, "-o", "mnist")
        try prep("inspect", "mnist", "--html", "mnist.html")
        #expect(try bytes("mnist.html").count < 1_000_000)
    }
}
