// Tells which files are images: by their first bytes, or by the names that they give themselves.

/// The image formats that can be decoded.
package enum ImageFormat: String, Sendable, CaseIterable {
    case png = "PNG"
    case jpeg = "JPEG"
    case webp = "WebP"
    case tiff = "TIFF"
    case gif = "GIF"
    case bmp = "BMP"

    /// Bytes that `init(magic:)` looks at, at most.
    package static let magicLength = 18

    /// The format whose magic number begins `bytes`.
    package init?(magic bytes: UnsafeRawBufferPointer) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
            self = .webp
        } else if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
            self = .gif
        } else if Self.isTIFF(bytes) {
            self = .tiff
        } else if Self.isBMP(bytes) {
            self = .bmp
        } else {
            return nil
        }
    }

    /// TIFF or BigTIFF, in either byte order, but not Canon's raw format, which begins like it.
    private static func isTIFF(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let magics: [[UInt8]] = [
            [0x49, 0x49, 42, 0], [0x4D, 0x4D, 0, 42], [0x49, 0x49, 43, 0], [0x4D, 0x4D, 0, 43],
        ]
        return magics.contains { bytes.starts(with: $0) } && !bytes.dropFirst(8).starts(with: "CR\u{2}".utf8)
    }

    /// “BM” alone may begin a text, so the length of the header that follows must be one that exists.
    private static func isBMP(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= 18, bytes.starts(with: "BM".utf8) else { return false }
        return [12, 40, 52, 56, 64, 108, 124].contains(bytes[14]) && bytes[15..<18].allSatisfy { $0 == 0 }
    }

    /// Whether a name of a file ends as an image's, also as that of an image that cannot be decoded. This only
    /// decides whether a file that is no image is reported as unusable or skipped as another file.
    package static func isNamedAsImage(_ name: some BidirectionalCollection<UInt8>) -> Bool {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return false }
        let ending = name[name.index(after: dot)...].map { (65...90).contains($0) ? $0 + 32 : $0 }
        return endings.contains(String(decoding: ending, as: UTF8.self))
    }

    private static let endings: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "png", "webp", "tif", "tiff", "gif", "bmp", "dib",
        // What is refused by name.
        "heic", "heif", "hif", "avif", "jxl", "jp2", "j2k", "jpx", "jpf", "svg", "psd", "ico", "exr", "pbm",
        "pgm",
        "ppm", "pnm", "pam", "qoi", "cr2", "cr3", "crw", "nef", "nrw", "arw", "dng", "raf", "orf", "rw2",
        "pef", "srw", "tga", "pcx", "dds", "sgi",
    ]
}
