// JSON as it is read and written. The oracle is RFC 8259, and Python's json for the canonical text.

import Dataset
import Foundation
import Testing

@testable import Storage

@Suite("JSON")
struct JSONTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test("values come back as the canonical text that Python's json.dumps writes")
    func canonical() throws {
        let text =
            #"  {"b" : [1, -2.50, 1e3, true, null, "\u00e9\ud83d\ude00\n\/"], "a":18446744073709551615, "":{}} "#
        #expect(
            try parse(text).canonicalText
                == #"{"":{},"a":18446744073709551615,"b":[1,-2.5,1000,true,null,"é😀\n/"]}"#)
    }

    @Test(
        "what is not JSON is refused with its place",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "[01]", "[1.]", "[.5]", "[+1]", "[1e]",
            "[-]", "[0x1]",
            "[NaN]", "[Infinity]", "[1e999]", "\"a", "\"\t\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"",
            "\"\\udc00\\ud800\"", "nul", "[1] 2", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "'a'",
            "[1 2]",
            "\u{FEFF}1",
        ])
    func malformed(text: String) {
        let error = #expect(throws: JSONProblem.self) { try parse(text) }
        #expect(error?.reason.hasPrefix("malformed JSON at byte ") ?? false)
    }

    @Test("bytes that are not UTF-8 are refused")
    func encoding() {
        #expect(throws: JSONProblem.self) { try JSONValue(parsing: [0x22, 0xE9, 0x22]) }
        #expect(throws: JSONProblem.self) { try JSONValue(parsing: [0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test("nesting has a limit, however long the text")
    func depth() throws {
        #expect(throws: Never.self) {
            try parse(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
        }
        for opening in ["[", "{\"a\":"] {
            #expect(throws: JSONProblem.self) { try parse(String(repeating: opening, count: 100_000)) }
        }
    }

    @Test("names that differ in normalization alone are two members")
    func normalization() throws {
        let value = try parse("{\"\u{E9}\":1,\"e\u{301}\":2}")
        guard case .object(let members) = value else {
            Issue.record("not an object")
            return
        }
        #expect(members.count == 2)
        #expect(members[Key(utf8: "e\u{301}")] == .integer(2))
        #expect(try parse("\"\u{E9}\"") != parse("\"e\u{301}\""))
    }

    @Test("Foundation reads what is written, and the other way round")
    func foundation() throws {
        let text = #"{"a":[1,2.5,-3],"b":{"c":"x\"y\\\u0001é"},"d":[[],{}],"e":false}"#
        let value = try parse(text)
        for written in [value.canonicalText, value.readableText] {
            let data = try JSONSerialization.data(
                withJSONObject: JSONSerialization.jsonObject(with: Data(written.utf8)), options: [.sortedKeys]
            )
            #expect(try JSONValue(parsing: Array(data)) == value)
        }
    }

    @Test(
        "JSON for people escapes what is invisible, and is the same value; the canonical text stays as it is")
    func invisible() throws {
        let value = JSONValue.object(["a\u{202E}": .string("\u{9B}2J\u{E0041}é")])
        #expect(value.readableText == #"{"a\u202e": "\u009b2J\udb40\udc41é"}"# + "\n")
        #expect(try JSONValue(parsing: Array(value.readableText.utf8)) == value)
        #expect(value.canonicalText.unicodeScalars.contains("\u{202E}"))
    }
}
