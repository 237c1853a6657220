// Cuts a stream of text into lines.

internal import Dataset
internal import Foundation

/// The lines of a stream, in order, each with a LF at its end, even the last one.
final class LineReader {
    let stream: ByteStream
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)
    /// The part of `buffer` that has been read and is in no line yet.
    private var rest = 0..<0
    private var isAtEnd = false
    /// The number of the last line, from 1.
    private(set) var line = 0

    /// The most bytes of a line.
    static let limit = 16 << 20

    /// Skips a byte order mark, and empty lines.
    init(_ stream: ByteStream) throws(IngestError) {
        self.stream = stream
        try refill()
        if buffer[rest].starts(with: [0xEF, 0xBB, 0xBF]) { rest.removeFirst(3) }
        while let first = rest.first, buffer[first] == PixelRow.lineFeed || buffer[first] == 0x0D {
            line += buffer[first] == PixelRow.lineFeed ? 1 : 0
            rest.removeFirst()
            if rest.isEmpty { try refill() }
        }
    }

    /// Calls `body` with the next line. Returns `nil` at the end.
    func next<R>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(PixelRow.Problem) -> R
    ) throws(IngestError) -> Result<R, PixelRow.Problem>? {
        var searched = 0
        while true {
            if let length = lineLength(from: searched) {
                line += 1
                let range = rest.lowerBound..<rest.lowerBound + length
                rest = range.upperBound..<rest.upperBound
                return buffer.withUnsafeBufferPointer { bytes in
                    let text = UnsafeBufferPointer(rebasing: bytes[range])
                    do throws(PixelRow.Problem) {
                        return .success(try body(text))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            searched = rest.count
            guard !isAtEnd else { return nil }
            guard searched < Self.limit else {
                throw .malformedTable(
                    path: stream.name, line: line + 1, column: nil,
                    reason: "a line longer than the limit of \(Self.limit) bytes")
            }
            try refill()
        }
    }

    /// The length of the first line in `rest`, with its LF; `nil` if it does not end there.
    private func lineLength(from start: Int) -> Int? {
        buffer.withUnsafeBufferPointer { bytes in
            guard start < rest.count, let base = bytes.baseAddress,
                let found = memchr(
                    base + rest.lowerBound + start, Int32(PixelRow.lineFeed), rest.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base + rest.lowerBound) + 1
        }
    }

    /// Reads more behind `rest`, which moves to the front.
    private func refill() throws(IngestError) {
        let count = rest.count
        if rest.lowerBound > 0 { buffer.replaceSubrange(0..<count, with: Array(buffer[rest])) }
        if buffer.count - count < 1 << 19 { buffer += [UInt8](repeating: 0, count: buffer.count) }
        let found = try buffer.withMutableBytes { (bytes) throws(IngestError) in
            try stream.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[count..<bytes.count - 1]))
        }
        rest = 0..<count + found
        guard found == 0 else { return }
        isAtEnd = true
        if count > 0 {
            buffer[count] = PixelRow.lineFeed
            rest = 0..<count + 1
        }
    }
}
