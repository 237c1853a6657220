// Unpacks the members of a zip; owns the state of libdeflate and zlib.

internal import CDeflate

/// Unpacks one member after the other, piece by piece, and checks them by their CRC-32. Owned by one thread.
struct ZipUnpacker: ~Copyable {
    private var inflater: Inflater
    /// Unpacks a member at once, in half the time.
    private let decompressor: OpaquePointer
    private var packed: [UInt8] = []
    /// The part of `packed` that has not been used.
    private var rest = 0..<0
    private var position: Int64 = 0
    private var end: Int64 = 0
    private var content = ZipContent.nothing
    private var crc: UInt32 = 0
    private var size: UInt64 = 0
    private var isAtEnd = false

    /// Packed bytes to read at once.
    private static let step = 1 << 20

    /// - Throws: an error if memory is out
    init(path: String) throws(IngestError) {
        guard let inflater = Inflater(.raw), let decompressor = libdeflate_alloc_decompressor() else {
            throw .unreadable(path: path, reason: "out of memory")
        }
        self.inflater = inflater
        self.decompressor = decompressor
    }

    deinit { libdeflate_free_decompressor(decompressor) }

    /// Begins a member, which has no problem.
    mutating func begin(_ member: ZipDirectory.Member) {
        inflater.reset()
        rest = 0..<0
        (position, end) = (member.dataStart, member.dataStart + Int64(member.packedSize))
        content = member.content
        (crc, size, isAtEnd) = (0, 0, false)
    }

    /// The next bytes of the member.
    mutating func read(
        from file: InputFile, into output: UnsafeMutableRawBufferPointer
    ) throws(IngestError) -> ReadResult {
        var count = 0
        if content.method == .stored {
            count = min(output.count, Int(end - position))
            let target = UnsafeMutableRawBufferPointer(rebasing: output[..<count])
            guard try file.read(at: position, into: target) else { return .damaged(Self.cut) }
            position += Int64(count)
            isAtEnd = position == end
        } else {
            while count == 0, !isAtEnd {
                if rest.isEmpty, let problem = try refill(file) { return .damaged(problem) }
                if let all = unpackAtOnce(into: output) {
                    count = all
                    break
                }
                let input = rest
                let step = packed.withUnsafeBytes {
                    inflater.unpack(UnsafeRawBufferPointer(rebasing: $0[input]), into: output)
                }
                rest.removeFirst(step.consumed)
                count = step.produced
                switch step.outcome {
                case .more: break
                case .ends: isAtEnd = true
                case .damaged(let reason): return .damaged("damaged archive entry: \(reason)")
                }
            }
        }
        if count > 0 {
            crc = libdeflate_crc32(crc, output.baseAddress, count)
            size += UInt64(count)
        }
        // At once, since nobody asks for more of what does not begin as an image.
        if isAtEnd, let problem { return .damaged(problem) }
        return count > 0 ? .bytes(count) : .end
    }

    private static let cut = "damaged archive entry: its data end too early"

    /// Unpacks a member whose packed data have been read to their end, if it fits into `output`. Returns `nil`, with nothing
    /// used, if it does not, or is damaged: the other way then finds out what is wrong.
    private mutating func unpackAtOnce(into output: UnsafeMutableRawBufferPointer) -> Int? {
        guard size == 0, position == end, rest.lowerBound == 0, content.size <= UInt64(output.count) else {
            return nil
        }
        var (used, count) = (0, 0)
        let result = packed.withUnsafeBytes {
            libdeflate_deflate_decompress_ex(
                decompressor, $0.baseAddress, rest.count, output.baseAddress, output.count, &used, &count)
        }
        guard result == LIBDEFLATE_SUCCESS else { return nil }
        isAtEnd = true
        return count
    }

    private mutating func refill(_ file: InputFile) throws(IngestError) -> String? {
        let count = min(Int(end - position), Self.step)
        guard count > 0 else { return Self.cut }
        if packed.count < count { packed = Array(repeating: 0, count: count) }
        guard try file.read(at: position, into: &packed, count: count) else { return Self.cut }
        position += Int64(count)
        rest = 0..<count
        return nil
    }

    private var problem: String? {
        if size != content.size {
            return "damaged archive entry: it has \(size) bytes, not \(content.size) as the directory says"
        }
        return crc == content.crc ? nil : "damaged archive entry: its CRC-32 differs"
    }
}
