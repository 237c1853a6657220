// Images taken apart and put together again, to damage them at a chosen place.

import Dataset
import TestSupport
import Testing

@testable import Imaging

/// What decoding gave: pixels, or why there are none.
enum Outcome: Equatable {
    case pixels(ImageShape, [UInt8], turned: Bool)
    case failure(ImageError)

    var error: ImageError? {
        if case .failure(let error) = self { error } else { nil }
    }

    var pixels: [UInt8]? {
        if case .pixels(_, let pixels, _) = self { pixels } else { nil }
    }
}

extension Outcome: CustomTestStringConvertible {
    var testDescription: String {
        switch self {
        case .pixels(let shape, let pixels, let turned):
            "\(shape.size)x\(shape.channels) \(Digest(of: pixels).hex.prefix(8))\(turned ? ", turned" : "")"
        case .failure(let error): error.description
        }
    }
}

/// A decoder and its buffer, as one worker owns them.
struct Worker: ~Copyable {
    private var decoder: ImageDecoder
    private var image = PixelBuffer()

    init(wantsGray: Bool = false) { decoder = ImageDecoder(wantsGray: wantsGray) }

    mutating func decode(_ bytes: [UInt8]) -> Outcome {
        do throws(ImageError) {
            let operations = try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
                try decoder.decode(UnsafeRawBufferPointer(buffer), into: &image)
            }
            return .pixels(image.shape, Array(image.bytes), turned: operations.contains(.oriented))
        } catch {
            return .failure(error)
        }
    }
}

/// Decodes with a decoder that has seen nothing else.
func decodeAlone(_ bytes: [UInt8], wantsGray: Bool = false) -> Outcome {
    var worker = Worker(wantsGray: wantsGray)
    return worker.decode(bytes)
}

/// The segments of a JPEG between SOI and EOI; what is compressed belongs to the scan before it.
struct JPEGParts {
    var segments: [[UInt8]] = []

    init(_ name: String) throws { self.init(try Fixtures.bytes("images/\(name)")) }

    init(_ bytes: [UInt8]) {
        var position = 2
        while bytes[position + 1] != 0xD9 {
            let start = position
            position += 2 + Int(bytes[start + 2]) << 8 + Int(bytes[start + 3])
            if bytes[start + 1] == 0xDA {
                let inScan: Set<UInt8> = [0, 0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xD5, 0xD6, 0xD7]
                while bytes[position] != 0xFF || inScan.contains(bytes[position + 1]) { position += 1 }
            }
            segments.append(Array(bytes[start..<position]))
        }
    }

    var bytes: [UInt8] { [0xFF, 0xD8] + segments.joined() + [0xFF, 0xD9] }

    /// Indices of the segments with `marker`.
    func indices(of marker: UInt8) -> [Int] { segments.indices.filter { segments[$0][1] == marker } }

    mutating func remove(_ marker: UInt8) { segments.removeAll { $0[1] == marker } }

    /// A segment of `marker` with `payload`.
    static func segment(_ marker: UInt8, _ payload: [UInt8]) -> [UInt8] {
        [0xFF, marker, UInt8((payload.count + 2) >> 8), UInt8((payload.count + 2) & 255)] + payload
    }
}

/// The chunks of a PNG.
struct PNGParts {
    var chunks: [[UInt8]] = []

    init(_ name: String) throws {
        let bytes = try Fixtures.bytes("images/\(name)")
        var position = 8
        while position < bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            chunks.append(Array(bytes[position..<position + length + 12]))
            position += length + 12
        }
    }

    var bytes: [UInt8] { [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunks.joined() }

    /// The index of the first chunk called `name`.
    func index(of name: String) -> Int {
        chunks.firstIndex { $0[4..<8].elementsEqual(name.utf8) } ?? chunks.count
    }

    static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let checked = Array(name.utf8) + data
        return bigEndian(data.count) + checked + bigEndian(Int(checksum(checked)))
    }

    static func bigEndian(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// CRC-32 as in annex D of the PNG specification.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in bytes { crc = crc >> 8 ^ checksums[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
        return ~crc
    }

    private static let checksums = (0..<256).map { (byte: UInt32) in
        (0..<8).reduce(byte) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
}
