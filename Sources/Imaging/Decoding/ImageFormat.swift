// Tells which codec an entry needs, from its first bytes and never from its name.

/// The image formats that can be decoded.
package enum ImageFormat: String, Sendable {
    case png = "PNG"
    case jpeg = "JPEG"

    /// The format whose magic number begins `bytes`.
    package init?(magic bytes: UnsafeRawBufferPointer) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else {
            return nil
        }
    }

    /// Describes for an error message what `bytes` are if not a PNG or JPEG.
    static func describe(_ bytes: UnsafeRawBufferPointer) -> String {
        let known: [(String, [UInt8])] = [
            ("a GIF", Array("GIF8".utf8)), ("a BMP", Array("BM".utf8)), ("a TIFF", [0x49, 0x49, 0x2A, 0]),
            ("a TIFF", [0x4D, 0x4D, 0, 0x2A]), ("a gzip file", [0x1F, 0x8B]),
            ("a zip archive", Array("PK".utf8)), ("a PDF", Array("%PDF".utf8)),
            ("a web page", Array("<!DOCTYPE".utf8)), ("a web page", Array("<!doctype".utf8)),
            ("a web page", Array("<html".utf8)),
        ]
        if let (name, _) = known.first(where: { bytes.starts(with: $0.1) }) { return name }
        if bytes.count >= 12, bytes[8..<12].elementsEqual("WEBP".utf8) { return "a WebP" }
        if bytes.count >= 12, bytes[4..<8].elementsEqual("ftyp".utf8) { return "a HEIF or AVIF" }
        let head = bytes.prefix(4).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return "begins with " + head.joined(separator: " ")
    }
}
