// Tables of labels: which columns, which rows, and what is refused, with the line.

import Dataset
import TestSupport
import Testing

@testable import Ingest

@Suite("Tables of labels")
struct LabelTableTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func table(_ text: String, _ columns: LabelColumns = LabelColumns()) throws -> LabelTable {
        try folder.write("t.csv", Array(text.utf8))
        return try LabelTable(contentsOf: folder("t.csv"), columns: columns)
    }

    private func problem(
        _ text: String, _ columns: LabelColumns = LabelColumns(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> String {
        let error = #expect(throws: IngestError.self, sourceLocation: sourceLocation) {
            try table(text, columns)
        }
        return (error?.description ?? "").replacing(folder.path + "/", with: "")
    }

    @Test(
        "columns are found by the names in use, or are chosen; separators and line ends are those of spreadsheets"
    )
    func columns() throws {
        for text in [
            "filename,label\na.png,x\n", "label;image\nx;a.png", "\u{FEFF}ID\tclass\r\na.png\tx\r\n",
            "id,breed\na.png,x\n", "file_name,n,category\na.png,1,x\n",
            "\"key\",\"label\"\n\"a.png\",\"x\"\n",
            "image , label\na.png , x\n",
        ] {
            let table = try table(text)
            #expect(table.rows.map(\.key) == ["a.png"] && table.rows.map(\.label) == ["x"], "\(text)")
        }
        let chosen = try table("u,v,w\nx,a.png,g\n", LabelColumns(key: "v", label: "u", group: "w"))
        #expect(chosen.rows.first?.group == "g" && chosen.columns.split == nil)
        let full = try table("key,label,split,group\na,x,val,w1\nb,y,,\n")
        #expect(full.columns == LabelColumns(key: "key", label: "label", split: "split", group: "group"))
        #expect(full.rows.map(\.split) == ["val", nil] && full.rows.map(\.group) == ["w1", nil])
    }

    @Test("spaces may stand around quotes, and lines may end as on old machines")
    func spaces() throws {
        for text in [
            "\"image\", \"label\"\n\"1.png\", \"cat, big\" \n", "image,label\r1.png,\"cat, big\"\r",
            "image,label\r\n1.png,\"cat, big\"\r\n",
        ] {
            let row = try #require(try table(text).rows.first)
            #expect(row.key == Key(text: "1.png") && row.label == Key(text: "cat, big"))
        }
    }

    @Test("a column has one meaning: that of classes is not guessed to be that of groups or splits")
    func oneMeaning() throws {
        for name in ["group", "split"] {
            let columns = try table("filename,\(name)\na.png,x\n").columns
            #expect(columns == LabelColumns(key: "filename", label: name))
        }
        let both = try table("filename,label,group\na.png,x,g\n", LabelColumns(label: "group")).columns
        #expect(both.label == "group" && both.group == nil)
        let split = try table("key,label,group\na.png,x,train\n", LabelColumns(split: "group")).columns
        #expect(split.split == "group" && split.group == nil)
        let inches = try table("key,label,size\na.png,x, \"5\" x 5\"\n")
        #expect(inches.rows.count == 1)
    }

    @Test("names that differ in slashes and dots are one, and none has more than 64 folders")
    func paths() throws {
        #expect(try table("key,label\na/b.png,x\n/a//b.png,x\n./a/./b.png,x\n").rows.count == 1)
        #expect(problem("key,label\na/b.png,x\na//b.png,y\n").contains("is in line 2 too, with other values"))
        let deep = String(repeating: "a/", count: 64)
        #expect(problem("key,label\n\(deep)b.png,x\n").contains("a name in more than 64 folders"))
        #expect(try table("key,label\n\(deep.dropFirst(2))b.png,x\n").rows.count == 1)
    }

    @Test("rows that repeat others are left out, and contradictions are errors, with their lines")
    func repeated() throws {
        #expect(try table("key,label\na,x\nb,y\na,x\n").rows.map(\.line) == [2, 3])
        #expect(
            problem("key,label\na,x\n\"b\nb\",y\na,z\n")
                == "labels: t.csv:5: a is in line 2 too, with other values")
    }

    @Test("what is wrong is said with the line")
    func errors() {
        #expect(
            problem("a,b,c\n1,2,3\n").contains(
                "t.csv:1: no column for the names of images; they are “a”, “b”, “c”"))
        #expect(problem("key,b,c\n1,2,3\n").contains("no column for the classes"))
        #expect(
            problem("key,label\n1,2,3\n") == "labels: t.csv:2: 3 values, but the first line names 2 columns")
        #expect(problem("key,label\n\"1,2\n").contains("t.csv:2: a quote that is not closed"))
        #expect(problem("key,label\n,x\n").contains("t.csv:2: column 1: the name of the image is missing"))
        #expect(
            problem("key,label\na,x\n", LabelColumns(split: "part")).contains(
                "no column “part” (--split-column)"))
    }

    @Test("names may lack folders and the ending on either side; the row with most in common is meant")
    func matching() throws {
        let table = try table(
            "key,label\na/1.png,0\nb/1.png,1\n2,2\ndata/x/3.jpg,3\n./4.png,4\n5.a,5\n6.png,6\n6,7\n8.png,8\nz/8.png,9\n"
        )
        func labels(_ key: Key) -> [String] {
            table.rows(matching: key).map { table.rows[$0].label?.text ?? "" }
        }
        #expect(labels("a/1.png") == ["0"] && labels("top/b/1.png") == ["1"])
        #expect(labels("a/1") == ["0"])
        #expect(labels("1.png") == ["0", "1"])
        #expect(labels("c/1.png").isEmpty && labels("a/1.jpg").isEmpty)
        #expect(labels("2.png") == ["2"] && labels("deep/er/2.JPEG") == ["2"] && labels("2") == ["2"])
        #expect(labels("3.jpg") == ["3"] && labels("x/3") == ["3"] && labels("y/3.jpg").isEmpty)
        #expect(labels("8.png") == ["8"] && labels("z/8") == ["9"] && labels("8") == ["8"])
        #expect(labels("5.a.png") == ["5"])
        #expect(labels("6.png") == ["6"] && labels("6") == ["7"] && labels("6.jpg") == ["7"])
    }

    @Test("no changed byte crashes")
    func damage() throws {
        let text = Array("key,label,split\na/1.png,x,val\n\"b\",\"y\"\"z\",test\n".utf8)
        for index in text.indices {
            for value in [UInt8(0), 10, 13, 34, 44, 59, 255] {
                var bytes = text
                bytes[index] = value
                try folder.write("t.csv", bytes)
                guard let table = try? LabelTable(contentsOf: folder("t.csv"), columns: LabelColumns()) else {
                    continue
                }
                for row in table.rows { #expect(!table.rows(matching: row.key).isEmpty) }
            }
        }
    }
}
