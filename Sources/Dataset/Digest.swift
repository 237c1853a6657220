// SHA-256 as a value: identifies archive members, shards and whole datasets.

internal import CNettle

/// A SHA-256 digest (FIPS 180-4), stored inline so that a million of them cost no allocations.
public struct Digest: Sendable, Hashable {
    /// The 32 bytes as four big-endian words, so that comparing words compares bytes.
    package let words: (UInt64, UInt64, UInt64, UInt64)

    /// The digest of `bytes`.
    public init(of bytes: UnsafeRawBufferPointer) {
        var hasher = DigestBuilder()
        hasher.update(bytes)
        self = hasher.finish()
    }

    /// The digest of a string's UTF-8.
    public init(of text: String) {
        var text = text
        self = text.withUTF8 { Digest(of: UnsafeRawBufferPointer($0)) }
    }

    /// The digest of `bytes`.
    public init(of bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { Digest(of: $0) }
    }

    /// Parses 64 lower-case hexadecimal digits; `nil` for anything else, so that a digest has one spelling.
    public init?(hex: String) {
        var words: [UInt64] = []
        let digits = Array(hex.utf8)
        guard digits.count == 64,
            digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        for start in stride(from: 0, to: 64, by: 16) {
            let text = String(decoding: digits[start..<start + 16], as: UTF8.self)
            guard let word = UInt64(text, radix: 16) else { return nil }
            words.append(word)
        }
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// The digest of 32 bytes in the order of `hex`.
    package init(bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count == 32)
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
        words = (word(0), word(1), word(2), word(3))
    }

    /// The 32 bytes.
    package var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { withUnsafeBytes(of: $0.bigEndian, Array.init) }
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 64) { text in
            var position = 0
            for word in [words.0, words.1, words.2, words.3] {
                for shift in stride(from: 60, through: 0, by: -4) {
                    let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift)) & 15
                    text[position] = digit < 10 ? 48 + digit : 87 + digit
                    position += 1
                }
            }
            return 64
        }
    }

    public static func == (a: Digest, b: Digest) -> Bool { a.words == b.words }

    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension Digest: Comparable {
    public static func < (a: Digest, b: Digest) -> Bool { a.words < b.words }
}

extension Digest: CustomStringConvertible {
    public var description: String { hex }
}

extension Digest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(hex: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(text) is not a SHA-256 in 64 hexadecimal digits")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

/// The first half of a SHA-256: enough to tell any two images apart, in half the memory.
package struct ShortDigest: Sendable, Hashable, Comparable {
    package let high, low: UInt64

    package init(_ digest: Digest) { (high, low) = (digest.words.0, digest.words.1) }

    package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    package static func < (a: ShortDigest, b: ShortDigest) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

/// The digest and the number of bytes that arrive in pieces.
package struct CountedDigest {
    private var digest = DigestBuilder()
    package private(set) var count = 0

    package init() {}

    package mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { digest.update($0) }
        count += bytes.count
    }

    package mutating func finish() -> Digest { digest.finish() }
}

/// Builds the digest of bytes that arrive in pieces.
package struct DigestBuilder {
    private var state = sha256_ctx()

    package init() { nettle_sha256_init(&state) }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        nettle_sha256_update(&state, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }

    /// The digest of all bytes so far.
    package func finish() -> Digest {
        var state = state
        return withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) { digest in
            cnettle_sha256_digest(&state, digest.baseAddress?.assumingMemoryBound(to: UInt8.self))
            return Digest(bytes: UnsafeRawBufferPointer(digest))
        }
    }
}
