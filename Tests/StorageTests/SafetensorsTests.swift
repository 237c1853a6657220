// Oracle for the rules: the official safetensors reader, whose checks are listed in FORMAT.md;
// Tests/Oracles/read_dataset.py has that reader load what is written here.

import Dataset
import TestSupport
import Testing

@testable import Storage

@Suite("Safetensors headers")
struct SafetensorsTests {
    private func parse(_ json: String, buffer: Int, length: UInt64? = nil) throws(StorageError)
        -> SafetensorsHeader
    {
        let bytes =
            withUnsafeBytes(of: (length ?? UInt64(json.utf8.count)).littleEndian, Array.init)
            + Array(json.utf8)
        return try bytes.withUnsafeBufferPointer { (all) throws(StorageError) in
            try SafetensorsHeader(
                reading: UnsafeRawBufferPointer(all), fileSize: bytes.count + buffer, file: "x.safetensors")
        }
    }

    @Test("what is written is read back, aligned and in the official order")
    func roundTrip() throws {
        let header = SafetensorsHeader(
            tensors: [
                ("labels", .u8, [3]), ("images", .u8, [3, 2, 2]), ("ids", .u32, [3]), ("wide", .u16, [3]),
                ("empty", .f32, [0, 5]),
            ], metadata: ["prep": "{\"quotes\":\"\\\"\"}", "ü": "line\nbreak"])
        #expect(header.tensors.map(\.name) == ["empty", "ids", "wide", "images", "labels"])
        #expect(header.bufferSize == 12 + 6 + 12 + 3)
        let bytes = header.encoded
        #expect(bytes.count % 64 == 0 && bytes.count == header.size)
        let read = try bytes.withUnsafeBytes {
            try SafetensorsHeader(reading: $0, fileSize: bytes.count + header.bufferSize, file: "x")
        }
        #expect(read == header)
    }

    @Test("a tensor is accepted in any order of keys and with trailing spaces")
    func lenient() throws {
        let header = try parse(#"{"a":{"shape":[2],"data_offsets":[0,2],"dtype":"U8"}}    "#, buffer: 2)
        #expect(header["a"]?.shape == [2])
    }

    static let malformedHeaders: [(String, Int, String)] = [
        (#" {"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 2, "does not begin with {"),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}"#, 2, "malformed JSON"),
        (
            #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}"#,
            2, "twice"
        ),
        (#"{"a":{"dtype":"Q8","shape":[2],"data_offsets":[0,2]}}"#, 2, "dtype"),
        (#"{"a":{"dtype":"U8","shape":[-2],"data_offsets":[0,2]}}"#, 2, "shape"),
        (#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,2]}}"#, 2, "spans 2 bytes"),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}"#, 2, "data_offsets"),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3, "hole or an overlap"),
        (
            #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
            3, "hole or an overlap"
        ),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 3, "3 follow"),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 1, "1 follow"),
        (#"{"a":{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,2]}}"#, 2, "overflows"),
        (#"{"__metadata__":{"k":1}}"#, 0, "not a string"),
        (#"{"__metadata__":[]}"#, 0, "not an object"),
        (#"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"more":1}}"#, 2, "exactly"),
    ]

    @Test("a header that breaks a rule is refused, with the rule", arguments: malformedHeaders.indices)
    func malformed(index: Int) throws {
        let (json, buffer, word) = Self.malformedHeaders[index]
        let error = #expect(throws: StorageError.self) { try parse(json, buffer: buffer) }
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
    }

    @Test("a file of any few bytes is refused", arguments: 0..<9)
    func few(count: Int) throws {
        let folder = try TemporaryFolder()
        try folder.write("x.safetensors", Array(repeating: 0, count: count))
        #expect(throws: StorageError.self) { try TensorFile(folder("x.safetensors")) }
    }

    @Test("a length that is too long or longer than the file is refused before anything is allocated")
    func lengths() throws {
        #expect(
            throws: StorageError.headerTooLong(
                file: "x.safetensors", length: .max, limit: SafetensorsHeader.lengthLimit)
        ) {
            try parse("{}", buffer: 0, length: .max)
        }
        #expect(throws: StorageError.headerTruncated(file: "x.safetensors", length: 100, available: 2)) {
            try parse("{}", buffer: 0, length: 100)
        }
        let short: [UInt8] = [1, 2, 3]
        #expect(throws: StorageError.headerTooShort(file: "x", bytes: 3)) {
            try short.withUnsafeBytes { _ = try SafetensorsHeader(reading: $0, fileSize: 3, file: "x") }
        }
    }

    @Test("a header with any byte replaced by any other is refused, or its tensors still tile the buffer")
    func fuzz() throws {
        let good = Array(
            #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"__metadata__":{"k":"v"}}"#.utf8)
        var (accepted, refused) = (0, 0)
        for position in good.indices {
            for value in UInt8.min...UInt8.max {
                var bytes = withUnsafeBytes(of: UInt64(good.count).littleEndian, Array.init) + good
                bytes[8 + position] = value
                do {
                    let header = try bytes.withUnsafeBytes {
                        try SafetensorsHeader(reading: $0, fileSize: $0.count + 2, file: "x")
                    }
                    accepted += 1
                    // Of two elements, or of a single one of twice the size.
                    #expect(header.tensors.map(\.range).filter { !$0.isEmpty } == [0..<2])
                    #expect(header.tensors.allSatisfy { $0.shape.reduce($0.type.size, *) == $0.range.count })
                } catch {
                    refused += 1
                }
            }
        }
        // Letters of the two names and of the value, and each byte as it was.
        #expect(accepted > good.count && accepted < 2000)
        #expect(refused > 15_000)
    }
}

@Suite("Text formats")
struct TextFormatTests {
    @Test("CSV fields with commas, quotes and line ends survive")
    func csv() throws {
        let rows = [["a", "b,c", "d\"e"], ["", "line\nbreak", "ü"]]
        var text: [UInt8] = []
        for row in rows { CSV.appendRow(row, to: &text) }
        #expect(String(decoding: text, as: UTF8.self).hasPrefix("a,\"b,c\",\"d\"\"e\"\n"))
        var reader = CSVReader(text)
        for row in rows { #expect(try reader.next()?.map { String(decoding: $0, as: UTF8.self) } == row) }
        #expect(try reader.next() == nil)
    }

    @Test(
        "CSV that is quoted in part, without an end, or without a last line end is refused",
        arguments: ["\"a", "\"a\"", "\"a\"b\n", "a,b", "\"a\"\"\n", "a,\"b\"c,d\n"])
    func brokenCSV(text: String) {
        #expect(throws: CSVProblem.self) {
            var reader = CSVReader(Array(text.utf8))
            while try reader.next() != nil {}
        }
    }

    @Test("canonical JSON is what Python's json.dumps gives with sorted keys and no spaces")
    func canonicalJSON() throws {
        let value = JSONValue.object([
            "b": .array([
                .integer(1), .number(0.1), .number(2), .number(1e-7), .unsigned(.max), .null, .bool(true),
            ]),
            "a": .string("q\"\\\n\u{1}ü"),
        ])
        #expect(
            value.canonicalText
                == #"{"a":"q\"\\\n\u0001ü","b":[1,0.1,2,1e-07,18446744073709551615,null,true]}"#)
        #expect(try JSONValue(parsing: Array(value.readableText.utf8)).canonicalText == value.canonicalText)
    }
}
