// Tables of pixels: what is read alike, and what is refused, with line and column.

import Dataset
import Foundation
import TestSupport
import Testing

@testable import Ingest

@Suite("Tables of pixels")
struct PixelTableTests {
    private let folder: TemporaryFolder
    private let images: [[UInt8]] = (0..<40).map { image in
        (0..<9).map { UInt8(truncatingIfNeeded: image * 31 + $0 * $0 * 7) }
    }
    private var labels: [String] { images.indices.map { String($0 % 3) } }

    init() throws { folder = try TemporaryFolder() }

    private func read(
        _ text: String, name: String = "t.csv", needsLabels: Bool = true,
        _ options: PixelOptions = PixelOptions()
    ) throws -> Delivery {
        try folder.write(name, Array(text.utf8))
        return try Delivery(openPixels(at: folder(name), options: options, needsLabels: needsLabels))
    }

    private func problem(
        _ text: String, _ options: PixelOptions = PixelOptions(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> String {
        let error = #expect(throws: IngestError.self, sourceLocation: sourceLocation) {
            try read(text, options)
        }
        return (error?.description ?? "").replacing(folder.path + "/", with: "")
    }

    private func read(_ text: String, _ options: PixelOptions) throws -> Delivery {
        try read(text, name: "t.csv", options)
    }

    private func expectAll(_ delivery: Delivery, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(delivery.entries.map(\.bytes) == images, sourceLocation: sourceLocation)
        #expect(delivery.entries.map { $0.entry.label?.text } == labels, sourceLocation: sourceLocation)
        #expect(
            delivery.keys == images.indices.map { "train/000\($0 < 10 ? "0" : "")\($0)" },
            sourceLocation: sourceLocation)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(
        "with and without a header, with other separators and line ends, quoted, as floats: all are read alike"
    )
    func forms() throws {
        let plain = text(PixelFiles.csv(images, labels: labels))
        expectAll(try read(plain))
        expectAll(try read(text(PixelFiles.csv(images, labels: labels, header: false))))
        for separator in [";", "\t"] {
            expectAll(try read(text(PixelFiles.csv(images, labels: labels, separator: separator))))
        }
        expectAll(
            try read("\u{FEFF}" + text(PixelFiles.csv(images, labels: labels, lineEnd: "\r\n")) + "\r\n\n"))
        expectAll(try read(String(plain.dropLast())))
        expectAll(try read("\r\n\n" + plain))
        let quoted = plain.split(separator: "\n").map { line in
            line.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ", ")
        }
        expectAll(try read(quoted.joined(separator: "\n")))
        let rows = plain.split(separator: "\n").dropFirst()
        expectAll(try read(rows.map { $0.replacing(",", with: ".0,") + ".0" }.joined(separator: "\n")))
        // As numpy.savetxt writes numbers.
        let scientific = rows.map { row in
            row.split(separator: ",").map { String(format: "%.18e", Double($0) ?? 0) }.joined(separator: ",")
        }
        expectAll(try read(scientific.joined(separator: "\n")))
        try folder.write("p.csv", Array(plain.utf8))
        try #require(Tool.run("gzip", [folder("p.csv")]).status == 0)
        expectAll(try Delivery(openPixels(at: folder("p.csv.gz"), options: PixelOptions())))
    }

    @Test("the digest is that of the file, unpacked")
    func digest() throws {
        try folder.write("t.csv", PixelFiles.csv(images, labels: labels))
        let source = try openPixels(at: folder("t.csv"), options: PixelOptions())
        _ = try Delivery(source)
        #expect(source.fileDigests == [Digest(of: PixelFiles.csv(images, labels: labels))])
    }

    @Test("every level from 0 to 255 is read as Int reads it, in every place of a row")
    func levels() throws {
        let images = (0..<64).map { image in (0..<16).map { UInt8((image * 4 + $0) % 256) } }
        let delivery = try read(text(PixelFiles.csv(images, labels: images.map { _ in "x" })))
        #expect(delivery.entries.map(\.bytes) == images)
    }

    @Test(
        "labels stand in a column of any usual name, or one that is chosen by name or number; other columns are left out"
    )
    func labelColumns() throws {
        func label(_ text: String, _ column: String? = nil) throws -> String? {
            var options = PixelOptions()
            options.labelColumn = column
            let first = try #require(try read(text, options).entries.first)
            #expect(first.bytes == [1, 2, 3, 4])
            return first.entry.label?.text
        }
        #expect(try label("p0,p1,p2,p3,class\n1,2,3,4,cat\n") == "cat")
        #expect(try label("id,p0,p1,p2,p3,Label\n7,1,2,3,4,\"a cat, or so\"\n") == "a cat, or so")
        #expect(try label("digit2,p0,p1,p2,p3\n5,1,2,3,4\n", "digit2") == "5")
        #expect(try label("1,2,3,4,9\n", "5") == "9")
        #expect(try label("A,1,2,3,4\n") == "A")
        #expect(try label("\"a \"\"b\"\"\",\"1\",2,3,4\n") == "a \"b\"")
        #expect(try label("p0,p1,p2,p3,class\n1,2,3,4,\"\"\"\"\n") == "\"")
        // pandas, with its index and without names.
        let numbers = (0..<16).map(String.init).joined(separator: ",")
        let pandas = try read(",label,\(numbers)\n0,7,\(numbers)\n")
        #expect(pandas.entries.map(\.bytes) == [(0..<16).map { UInt8($0) }])
        #expect(pandas.entries.first?.entry.label == "7")
    }

    @Test("a table without labels is refused where they are needed, and read where they are not")
    func unlabelled() throws {
        let table = text(PixelFiles.csv(images, labels: nil))
        #expect(problem(table).hasPrefix("t.csv: no labels; its columns are “pixel0”, “pixel1”"))
        let delivery = try read(table, name: "test.csv", needsLabels: false)
        #expect(delivery.entries.map(\.bytes) == images && delivery.classes.isEmpty)
        #expect(delivery.keys.first == "test/00000")
        #expect(delivery.entries.allSatisfy { $0.entry.split == .test })
        // The column of labels that training had is not there.
        var options = PixelOptions()
        options.labelColumn = "digit"
        #expect(try read(table, name: "x.csv", needsLabels: false, options).entries.count == images.count)
    }

    @Test(
        "the name of the file says whether its images are test images",
        arguments: [
            ("mnist_test.csv", true), ("Test.csv", true), ("t10k.csv", true),
            ("emnist-letters-test.csv", true),
            ("latest.csv", false), ("contest-train.csv", false),
        ])
    func parts(name: String, isTest: Bool) throws {
        let entry = try #require(try read("1,5\n2,6\n", name: name).entries.first?.entry)
        #expect(entry.key == (isTest ? "test/00000" : "train/00000"))
        #expect(entry.split == (isTest ? .test : nil))
    }

    @Test("images are square unless a shape is given, and those of EMNIST are transposed")
    func shapes() throws {
        var options = PixelOptions()
        options.shape = ImageSize(width: 3, height: 2)
        let wide = try read("x,1,2,3,4,5,6\n", options)
        guard case .pixels(let shape, 0)? = wide.entries.first?.entry.content else {
            Issue.record("no pixels")
            return
        }
        #expect(shape == ImageShape(size: ImageSize(width: 3, height: 2), channels: 1))
        options.transposes = true
        let turned = try read("x,1,2,3,4,5,6\n", options)
        #expect(turned.entries.first?.bytes == [1, 4, 2, 5, 3, 6])
        let emnist = try read("x,1,2,3,4\n", name: "emnist-letters-train.csv")
        #expect(emnist.entries.first?.bytes == [1, 3, 2, 4])
        options = PixelOptions()
        options.transposes = false
        #expect(
            try read("x,1,2,3,4\n", name: "emnist-letters-train.csv", options).entries.first?.bytes == [
                1, 2, 3, 4,
            ])
    }

    @Test("what is wrong is said with line, column and its name")
    func errors() {
        let head = "label,p0,p1,p2,p3\n1,0,1,2,3\n"
        #expect(problem(head + "2,4,5,6\n") == "t.csv:3: 4 values, but the first row has 5")
        #expect(problem(head + "2,4,5,6,7,8\n") == "t.csv:3: 6 values, but the first row has 5")
        #expect(
            problem(head + "\n2,4,256,6,7\n")
                == "t.csv:4: column 3 (p1): “256” is not a whole number from 0 to 255")
        #expect(problem(head + "2,4,-1,6,7\n").hasPrefix("t.csv:3: column 3 (p1): “-1” is not"))
        #expect(problem(head + "2,4,,6,7\n") == "t.csv:3: column 3 (p1): the level is missing")
        #expect(problem(head + ",4,5,6,7\n") == "t.csv:3: column 1 (label): the label is missing")
        #expect(problem(head + "2,4,5,6,\"7\n").contains("t.csv:3: "))
        #expect(
            problem(head + "2,4,5,6,\"7\"8\n").contains("a quote that is not closed, or is followed by more"))
        #expect(problem("1,0.5,0.25,0,1\n").hasSuffix("; multiply levels from 0 to 1 by 255"))
        #expect(problem("label,class,p0\n1,2,3\n").contains("labels may be in “label” or “class”"))
        #expect(problem("1,2,3\n").contains("--shape WIDTHxHEIGHT"))
        let colours = (0..<193).map(String.init).joined(separator: ",")
        #expect(problem("label" + colours.dropFirst() + "\n").contains("colours of 8x8 pixels?"))
        var options = PixelOptions()
        options.labelColumn = "kind"
        #expect(problem(head, options).contains("no column “kind”; they are “label”, “p0”, “p1”, “p2” … (5)"))
        options.labelColumn = nil
        options.shape = ImageSize(width: 5, height: 5)
        #expect(problem(head, options) == "t.csv:1: 4 columns of pixels, but 5x5 are 25")
    }

    @Test("no cut or changed byte of a table crashes, and errors name a line that there is")
    func damage() throws {
        let table = PixelFiles.csv(Array(images.prefix(4)), labels: Array(labels.prefix(4)))
        for index in table.indices {
            for value in [UInt8(0), 10, 34, 44, 57, 255] {
                var bytes = table
                bytes[index] = value
                try folder.write("t.csv", bytes)
                do {
                    _ = try Delivery(
                        PixelTable(path: folder("t.csv"), options: PixelOptions(), needsLabels: false))
                } catch let error as IngestError {
                    guard case .malformedTable(_, let line, _, _) = error else { continue }
                    #expect((1...7).contains(line), "\(index)")
                }
            }
        }
    }

    @Test("more than 100,000 rows are counted, however short they are")
    func shortRows() throws {
        let texts = [
            String(repeating: "1,5\n", count: 100_000) + "1,5",
            ",label,p0\n" + String(repeating: ",1,5\n", count: 100_001),
        ]
        for text in texts {
            let keys = try read(text).keys
            #expect(keys.count == 100_001 && keys.first == "train/000000" && keys.last == "train/100000")
        }
    }

    @Test(
        "the number of a label column is heeded where labels are not needed, unless all columns are an image")
    func numberedLabels() throws {
        let last = images.map { $0.map(String.init).joined(separator: ",") + ",7\n" }.joined()
        var options = PixelOptions()
        options.labelColumn = "10"
        expect(try read(last, needsLabels: false, options), "7")
        options.labelColumn = "1"
        let bare = images.map { $0.map(String.init).joined(separator: ",") + "\n" }.joined()
        expect(try read(bare, needsLabels: false, options), nil)
        let names = (["species"] + (0..<9).map { "p\($0)" }).joined(separator: ",") + "\n"
        let first = names + images.map { "7," + $0.map(String.init).joined(separator: ",") + "\n" }.joined()
        expect(try read(first, needsLabels: false, options), "7")
        #expect(problem(first).contains("--label-column names the one with labels, as “species” may be"))
    }

    private func expect(
        _ delivery: Delivery, _ label: String?, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(delivery.entries.map(\.bytes) == images, sourceLocation: sourceLocation)
        #expect(delivery.entries.allSatisfy { $0.entry.label?.text == label }, sourceLocation: sourceLocation)
    }

    @Test("labels that look like powers of ten are names, floats of tables of floats are numbers")
    func exponents() throws {
        for (written, name) in [
            ("1e5", "1e5"), ("4e00", "4e00"), ("4.0", "4"), ("4.000e+00", "4"), ("4e+01", "40"),
        ] {
            let result = try read("a,\(written),5\n".replacing("a,", with: "label,p0\n"))
            #expect(result.entries.first?.entry.label?.text == name)
        }
    }

    @Test("keys have as many digits as the last row needs")
    func digits() throws {
        let rows = String(repeating: "1,5\n", count: 100_001)
        let delivery = try read(rows)
        #expect(delivery.keys.first == "train/000000" && delivery.keys.last == "train/100000")
    }
}
