// Reads the elements of a NumPy array in order, as levels of pixels or as class names.

internal import Dataset

/// An array in a `.npy` file, or in a member of a `.npz`. Each call of `open` reads it from its beginning.
struct NumberArray {
    /// Such as `x_train`.
    let name: String
    let header: NPYHeader
    /// Why it cannot be used, which does not matter for an array that is neither images nor labels.
    let problem: IngestError?
    let open: () throws(IngestError) -> ByteStream

    /// Reads the header.
    init(_ name: String, _ open: @escaping () throws(IngestError) -> ByteStream) {
        (self.name, self.open) = (name, open)
        do throws(IngestError) {
            (header, problem) = (try NPYHeader(open()), nil)
        } catch {
            (header, problem) = (.none, error)
        }
    }

    /// Such as `x_train |u1 60000x28x28`.
    var text: String { problem == nil ? "\(name) (\(header.text), \(header.type))" : name }

    /// A stream behind the header.
    func data() throws(IngestError) -> ByteStream {
        let stream = try open()
        _ = try NPYHeader(stream)
        return stream
    }

    // MARK: Numbers

    private func load<T: FixedWidthInteger>(
        _ type: T.Type, _ bytes: UnsafeRawBufferPointer, _ offset: Int
    ) -> T {
        let value = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
        return header.isBigEndian ? T(bigEndian: value) : T(littleEndian: value)
    }

    /// The value of the element that begins at `offset`; infinite or not a number only in floats.
    func number(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Double {
        func load<T: FixedWidthInteger>(_ type: T.Type) -> T { self.load(type, bytes, offset) }
        switch (header.kind, header.itemSize) {
        case (.unsigned, 1), (.bool, _): return Double(load(UInt8.self))
        case (.unsigned, 2): return Double(load(UInt16.self))
        case (.unsigned, 4): return Double(load(UInt32.self))
        case (.unsigned, _): return Double(load(UInt64.self))
        case (.signed, 1): return Double(load(Int8.self))
        case (.signed, 2): return Double(load(Int16.self))
        case (.signed, 4): return Double(load(Int32.self))
        case (.signed, _): return Double(load(Int64.self))
        case (.float, 2): return Self.half(load(UInt16.self))
        case (.float, 4): return Double(Float(bitPattern: load(UInt32.self)))
        case (.float, _): return Double(bitPattern: load(UInt64.self))
        case (.bytes, _), (.text, _): return .nan
        }
    }

    /// IEEE 754 binary16: a sign, five bits of exponent, ten of fraction. Swift's `Float16` is not on every machine.
    private static func half(_ bits: UInt16) -> Double {
        let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
        let size: Double =
            switch exponent {
            case 0: fraction / Double(1 << 24)
            case 31: fraction == 0 ? .infinity : .nan
            default: (1024 + fraction) / 1024 * Double(1 << exponent) / Double(1 << 15)
            }
        return bits >> 15 == 0 ? size : -size
    }

    // MARK: Labels

    /// The labels in a list of numbers or texts. Throws if it has not `count` of them.
    func labels(_ count: Int) throws(IngestError) -> [Key] {
        let stream = try data()
        func problem(_ reason: String) -> IngestError { .malformedArray(path: stream.name, reason: reason) }
        guard header.shape == [count] || header.shape == [count, 1] else {
            let hint =
                header.shape.count == 2 && header.shape[0] == count ? "; of one-hot rows take argmax(1)" : ""
            throw problem("\(header.text) labels for \(count) images\(hint)")
        }
        var labels: [Key] = []
        while labels.count < count {
            let step = min(count - labels.count, 1 << 14)
            let bytes = try stream.take(step * header.itemSize)
            guard bytes.count == step * header.itemSize else {
                throw problem("ends before label \(labels.count)")
            }
            for index in 0..<step {
                guard let label = bytes.withUnsafeBytes({ label($0, index * header.itemSize) }) else {
                    throw problem("label \(labels.count) is not a class name or a whole number")
                }
                labels.append(label)
            }
        }
        guard try stream.take(1).isEmpty else { throw problem("data behind its last label") }
        return labels
    }

    private func label(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Key? {
        let item = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + header.itemSize])
        switch header.kind {
        case .bytes:
            let text = item.prefix { $0 != 0 }
            return text.isEmpty ? nil : Key(bytes: text)
        case .text:
            var text = ""
            for start in stride(from: 0, to: item.count, by: 4) {
                let code = item.loadUnaligned(fromByteOffset: start, as: UInt32.self)
                let value = header.isBigEndian ? UInt32(bigEndian: code) : UInt32(littleEndian: code)
                if value == 0 { break }
                guard let scalar = Unicode.Scalar(value) else { return nil }
                text.unicodeScalars.append(scalar)
            }
            return text.isEmpty ? nil : Key(utf8: text)
        // These have more digits than a floating-point number.
        case .signed where header.itemSize == 8: return Key(utf8: String(load(Int64.self, bytes, offset)))
        case .unsigned where header.itemSize == 8: return Key(utf8: String(load(UInt64.self, bytes, offset)))
        default: return Int(exactly: number(bytes, offset)).map { Key(utf8: String($0)) }
        }
    }
}
