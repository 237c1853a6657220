// The header of a NumPy array file: type, shape and order of its numbers.

internal import Dataset

/// What stands before the data of a `.npy` file, versions 1 to 3 (NEP 1, numpy.lib.format).
struct NPYHeader {
    /// The type of one element, all but `text` as NumPy's `dtype.kind` says.
    enum Kind: Sendable {
        case unsigned, signed, float, bool, bytes, text
    }

    let kind: Kind
    /// Bytes of one element.
    let itemSize: Int
    let isBigEndian: Bool
    /// As NumPy writes it, such as `<f4`.
    let type: String
    let shape: [Int]

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// The most bytes of the description: those that NumPy writes have 118.
    static let lengthLimit = 64 << 10

    /// Of an array that cannot be used.
    static let none = NPYHeader(kind: .unsigned, itemSize: 1, isBigEndian: false, type: "", shape: [])

    private init(kind: Kind, itemSize: Int, isBigEndian: Bool, type: String, shape: [Int]) {
        (self.kind, self.itemSize, self.isBigEndian) = (kind, itemSize, isBigEndian)
        (self.type, self.shape) = (type, shape)
    }

    /// Reads the header of a stream at its beginning.
    init(_ stream: ByteStream) throws(IngestError) {
        func problem(_ reason: String) -> IngestError { .malformedArray(path: stream.name, reason: reason) }
        let start = try stream.take(8)
        guard start.count == 8, start.starts(with: Self.magic) else { throw problem("not a .npy file") }
        guard (1...3).contains(start[6]) else {
            throw problem("version \(start[6]).\(start[7]) of .npy; known are 1 to 3")
        }
        let lengthBytes = try stream.take(start[6] == 1 ? 2 : 4)
        let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.lengthLimit else {
            throw problem("a header of \(length) bytes, more than the limit of \(Self.lengthLimit)")
        }
        let bytes = try stream.take(length)
        guard bytes.count == length, lengthBytes.count > 1 else { throw problem("ends inside its header") }
        var parser = NPYDescription(bytes)
        guard let description = parser.parse() else {
            throw problem(
                "its header “\(String(decoding: bytes.prefix(80), as: UTF8.self).excerpt)” cannot be read")
        }
        type = description.type
        shape = description.shape
        if type.contains("O") {
            throw problem(
                "holds Python objects (pickles), which prep never runs; save numbers, without dtype=object")
        }
        guard let element = Self.element(type) else {
            throw problem("numbers of type “\(type.excerpt)”; known are integers, floats, bool and text")
        }
        (kind, itemSize, isBigEndian) = element
        guard !description.isFortran || shape.count < 2 else {
            throw problem("columns first (Fortran order); save numpy.ascontiguousarray(…)")
        }
        var count = itemSize
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow, product < 1 << 50 else {
                throw problem("a shape of \(text) is too large")
            }
            count = product
        }
    }

    private static func element(_ type: String) -> (Kind, Int, Bool)? {
        var text = Substring(type)
        var isBig = false
        if let order = text.first, "<>|=".contains(order) {
            isBig = order == ">"
            text = text.dropFirst()
        }
        guard let code = text.first, let size = Int(text.dropFirst()), (1...4096).contains(size) else {
            return nil
        }
        switch (code, size) {
        case ("u", 1), ("u", 2), ("u", 4), ("u", 8): return (.unsigned, size, isBig)
        case ("i", 1), ("i", 2), ("i", 4), ("i", 8): return (.signed, size, isBig)
        case ("f", 2), ("f", 4), ("f", 8): return (.float, size, isBig)
        case ("b", 1): return (.bool, 1, false)
        case ("S", _): return (.bytes, size, false)
        case ("U", ...1024): return (.text, size * 4, isBig)
        default: return nil
        }
    }

    /// Such as `60000x28x28`.
    var text: String { shape.isEmpty ? "one number" : shape.map(String.init).joined(separator: "x") }
}

/// Parses the description in a header, a Python dictionary such as
/// `{'descr': '|u1', 'fortran_order': False, 'shape': (60000, 28, 28), }`.
private struct NPYDescription {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func parse() -> (type: String, isFortran: Bool, shape: [Int])? {
        var (type, isFortran, shape): (String?, Bool?, [Int]?) = (nil, nil, nil)
        guard take("{") else { return nil }
        while !take("}") {
            guard let key = string(), take(":") else { return nil }
            switch key {
            case "descr" where type == nil: type = string() ?? fields()
            case "fortran_order" where isFortran == nil:
                if word("True") { isFortran = true } else if word("False") { isFortran = false }
            case "shape" where shape == nil: shape = tuple()
            default: return nil
            }
            if !take(",") {
                guard take("}") else { return nil }
                break
            }
        }
        skipSpaces()
        guard rest.isEmpty, let type, let isFortran, let shape else { return nil }
        return (type, isFortran, shape)
    }

    private mutating func skipSpaces() { rest = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0 } }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func word(_ text: String) -> Bool {
        skipSpaces()
        guard rest.starts(with: text.utf8) else { return false }
        rest.removeFirst(text.utf8.count)
        return true
    }

    private mutating func string() -> String? {
        skipSpaces()
        guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""),
            let end = rest.dropFirst().firstIndex(of: quote)
        else { return nil }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
    }

    /// The type of records, which are a list: its text, so that a message can show it.
    private mutating func fields() -> String? {
        guard rest.first == UInt8(ascii: "["), let end = rest.lastIndex(of: UInt8(ascii: "]")) else {
            return nil
        }
        defer { rest = rest[(end + 1)...] }
        return "record \(String(decoding: rest[...end], as: UTF8.self))"
    }

    private mutating func tuple() -> [Int]? {
        guard take("(") else { return nil }
        var numbers: [Int] = []
        while !take(")") {
            skipSpaces()
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard numbers.count < 32, let number = Int(String(decoding: digits, as: UTF8.self)) else {
                return nil
            }
            rest = rest.dropFirst(digits.count)
            if rest.first == UInt8(ascii: "L") { rest.removeFirst() }  // Python 2 wrote long integers so.
            numbers.append(number)
            if !take(",") {
                guard take(")") else { return nil }
                break
            }
        }
        return numbers
    }
}
