// Archives made in memory: names are bytes, in any encoding.

/// Tar files in the ustar format (POSIX.1-1988), which stores names as they are.
public enum Tar {
    /// - Parameter entries: names of at most 100 bytes, and contents
    public static func archive(_ entries: [(name: [UInt8], bytes: [UInt8])]) -> [UInt8] {
        entries.flatMap { header($0.name, size: $0.bytes.count) + padded($0.bytes) }
            + [UInt8](repeating: 0, count: 1024)
    }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }

    private static func header(_ name: [UInt8], size: Int) -> [UInt8] {
        precondition(name.count <= 100)
        var header = [UInt8](repeating: 0, count: 512)
        func set(_ text: some Sequence<UInt8>, at start: Int) {
            for (index, byte) in text.enumerated() { header[start + index] = byte }
        }
        func octal(_ value: Int, digits: Int) -> [UInt8] {
            let text = String(value, radix: 8)
            return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
        }
        set(name, at: 0)
        set(octal(0o644, digits: 7), at: 100)
        set(octal(0, digits: 7), at: 108)
        set(octal(0, digits: 7), at: 116)
        set(octal(size, digits: 11), at: 124)
        set(octal(0, digits: 11), at: 136)
        header[156] = UInt8(ascii: "0")
        set("ustar\0".utf8, at: 257)
        set("00".utf8, at: 263)
        // The checksum is over the header with blanks in its own place.
        set(repeatElement(UInt8(ascii: " "), count: 8), at: 148)
        set(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + [0], at: 148)
        return header
    }
}
