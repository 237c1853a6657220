// Tables of predictions for competitions.

import Testing

@testable import Report

@Suite("Submissions")
struct SubmissionTests {
    @Test("ids and labels stand as they are, for whoever compares them; rows are counted through all inputs")
    func text() throws {
        var table = SubmissionTable()
        try table.add("test.csv/00000", isRow: true, label: "-1")
        try table.add("more.csv/00000", isRow: true, label: "=1+1")
        try table.add("a/-3.png", isRow: false, label: "a, \"b\"")
        #expect(
            String(decoding: table.bytes, as: UTF8.self)
                == "ImageId,Label\n1,-1\n2,=1+1\n-3,\"a, \"\"b\"\"\"\n")
        #expect(table.count == 3)
        // A dot is a dot, whatever mark is before it.
        try table.add("a\u{600}.png", isRow: false, label: "x")
        #expect(
            String(decoding: table.bytes, as: UTF8.self).unicodeScalars.suffix(5).elementsEqual(
                "a\u{600},x\n".unicodeScalars))
    }

    @Test("two images with one id are an error that names both")
    func ambiguity() throws {
        var table = SubmissionTable()
        try table.add("dup/a/0.png", isRow: false, label: "x")
        let error = #expect(throws: SubmissionTable.Ambiguity.self) {
            try table.add("dup/b/0.jpg", isRow: false, label: "x")
        }
        #expect(error?.description.hasPrefix("dup/a/0.png and dup/b/0.jpg both have the id 0") == true)
    }
}
