// Unpacks gzip member by member and verifies the checksums; owns zlib's state.

internal import CZlib

/// Unpacks the members of a gzip file (RFC 1952), one layer.
///
/// zlib verifies the CRC and the length at the end of each member, and the CRC of its header if it has one.
struct Gunzip: ~Copyable {
    enum Outcome {
        /// The member has not ended yet.
        case more
        case memberEnds
        case damaged(reason: String)
    }

    /// On the heap, because zlib keeps a pointer to it.
    private let stream: UnsafeMutablePointer<z_stream>

    /// `nil` if memory is out.
    init?() {
        let fresh = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        fresh.initialize(to: z_stream())
        // A window of 15 bits; adding 16 accepts gzip only (zlib.h, inflateInit2).
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(fresh, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
            fresh.deallocate()
            return nil
        }
        stream = fresh
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Starts a new member with the next byte.
    mutating func beginMember() { inflateReset(stream) }

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
        case Z_STREAM_END: return (consumed, produced, .memberEnds)
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib reports \(status)"
            return (consumed, produced, .damaged(reason: reason))
        }
    }
}
