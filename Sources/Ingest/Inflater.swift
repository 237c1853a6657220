// Unpacks gzip and the deflated members of zips; owns zlib's state.

internal import CZlib

/// Unpacks deflated data (RFC 1951), bare or in the members of a gzip file (RFC 1952), one layer.
///
/// zlib verifies the CRC and the length at the end of each gzip member, and the CRC of its header if it has one.
struct Inflater: ~Copyable {
    enum Format: Int32 {
        // A window of 15 bits; negative for bare data, and 16 more for gzip only (zlib.h, inflateInit2).
        case raw = -15
        case gzip = 31
    }

    enum Outcome {
        /// The data have not ended yet.
        case more
        case ends
        case damaged(reason: String)
    }

    /// On the heap, because zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>

    /// `nil` if memory is out.
    init?(_ format: Format) {
        let fresh = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        fresh.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(fresh, format.rawValue, ZLIB_VERSION, size) == Z_OK else {
            fresh.deallocate()
            return nil
        }
        stream = fresh
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Starts anew with the next byte.
    mutating func reset() { inflateReset(stream) }

    /// Unpacks as much of `input` as fits into `output`. Neither may be empty.
    mutating func unpack(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> (consumed: Int, produced: Int, outcome: Outcome) {
        // zlib counts in 32 bits.
        let limit = 1 << 30
        let (given, room) = (min(input.count, limit), min(output.count, limit))
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(given)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room)
        let status = inflate(stream, Z_NO_FLUSH)
        let consumed = given - Int(stream.pointee.avail_in)
        let produced = room - Int(stream.pointee.avail_out)
        switch status {
        case Z_OK, Z_BUF_ERROR: return (consumed, produced, .more)
        case Z_STREAM_END: return (consumed, produced, .ends)
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib reports \(status)"
            return (consumed, produced, .damaged(reason: reason))
        }
    }
}
