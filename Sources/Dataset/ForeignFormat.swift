// Names the files that are not decoded, and how to make readable ones of them.

/// A format that is recognised, but is not that of an image that can be decoded.
package struct ForeignFormat {
    /// With its article: “a HEIC”.
    package let name: String
    /// A command that converts it, with `in` and `out.png` as names; `nil` for what is no image.
    package let conversion: String?

    /// Bytes of a file that `init` looks at, at most.
    package static let headLength = 1024

    /// The format of `bytes`; `nil` if it is unknown.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        if let match = Self.table.first(where: { bytes.dropFirst($0.offset).starts(with: $0.magic) }) {
            self.init(name: match.name, conversion: match.conversion)
        } else if bytes.dropFirst(4).starts(with: "ftyp".utf8) {
            self = Self.boxes(bytes)
        } else if Self.isSVG(bytes) {
            self.init(name: "an SVG", conversion: "rsvg-convert in.svg -o out.png")
        } else if Self.isPNM(bytes) {
            self.init(name: "a PNM", conversion: "magick in.pnm out.png")
        } else {
            return nil
        }
    }

    private init(name: String, conversion: String?) {
        self.name = name
        self.conversion = conversion
    }

    /// Files of boxes, as in MP4: the brands that follow “ftyp” tell what they are.
    private static func boxes(_ bytes: UnsafeRawBufferPointer) -> ForeignFormat {
        let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        var brands: [String] = []
        for start in stride(from: 8, to: min(length, bytes.count, 128) - 3, by: 4) where start != 12 {
            brands.append(String(decoding: bytes[start..<start + 4], as: UTF8.self))
        }
        if brands.contains(where: ["avif", "avis"].contains) {
            return ForeignFormat(name: "an AVIF", conversion: "avifdec in.avif out.png")
        }
        if brands.contains("crx ") { return raw("CR3", "cr3") }
        if brands.contains(where: ["heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"].contains) {
            return ForeignFormat(name: "a HEIC", conversion: "magick in.heic out.png")
        }
        return ForeignFormat(name: "a video", conversion: nil)
    }

    private static func raw(_ name: String, _ ending: String) -> ForeignFormat {
        ForeignFormat(name: "a raw photo (\(name))", conversion: "darktable-cli in.\(ending) out.png")
    }

    /// XML whose root may follow a declaration, comments and a document type.
    private static func isSVG(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let text = String(decoding: bytes.prefix(headLength), as: UTF8.self).drop {
            $0.isWhitespace || $0 == "\u{FEFF}"
        }
        return text.hasPrefix("<svg") || text.hasPrefix("<!DOCTYPE svg")
            || (text.hasPrefix("<?xml") || text.hasPrefix("<!--")) && text.contains("<svg")
    }

    /// P1 to P7, then white space or a comment.
    private static func isPNM(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count > 2 && bytes[0] == UInt8(ascii: "P") && (0x31...0x37).contains(bytes[1])
            && [0x09, 0x0A, 0x0D, 0x20, 0x23].contains(bytes[2])
    }

    private typealias Row = (magic: [UInt8], offset: Int, name: String, conversion: String?)

    private static let table: [Row] = [
        ([0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20], 0, "a JPEG XL", "djxl in.jxl out.png"),
        ([0xFF, 0x0A], 0, "a JPEG XL", "djxl in.jxl out.png"),
        ([0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20], 0, "a JPEG 2000", "magick in.jp2 out.png"),
        ([0xFF, 0x4F, 0xFF, 0x51], 0, "a JPEG 2000", "magick in.j2k out.png"),
        ([0x49, 0x49, 0xBC], 0, "a JPEG XR", "JxrDecApp -i in.jxr -o out.tif"),
        (Array("CR\u{2}".utf8), 8, "a raw photo (CR2)", "darktable-cli in.cr2 out.png"),
        (Array("FUJIFILMCCD-RAW".utf8), 0, "a raw photo (RAF)", "darktable-cli in.raf out.png"),
        (Array("IIRO".utf8), 0, "a raw photo (ORF)", "darktable-cli in.orf out.png"),
        (Array("IIRS".utf8), 0, "a raw photo (ORF)", "darktable-cli in.orf out.png"),
        (Array("MMOR".utf8), 0, "a raw photo (ORF)", "darktable-cli in.orf out.png"),
        (Array("IIU\0".utf8), 0, "a raw photo (RW2)", "darktable-cli in.rw2 out.png"),
        (Array("HEAPCCDR".utf8), 6, "a raw photo (CRW)", "darktable-cli in.crw out.png"),
        (Array("8BPS".utf8), 0, "a PSD", "magick in.psd[0] out.png"),
        ([0, 0, 1, 0], 0, "an ICO", "magick in.ico[0] out.png"),
        ([0x76, 0x2F, 0x31, 0x01], 0, "an OpenEXR", "magick in.exr out.png"),
        (Array("qoif".utf8), 0, "a QOI", "magick in.qoi out.png"),
        (Array("%PDF".utf8), 0, "a PDF", "pdftoppm -png in.pdf out"),
        (Array("%!PS".utf8), 0, "a PostScript file", "magick in.ps out.png"),
        ([0x1F, 0x8B], 0, "a gzip file", nil),
        (Array("PK\u{3}\u{4}".utf8), 0, "a zip archive", nil),
        (Array("PK\u{5}\u{6}".utf8), 0, "an empty zip archive", nil),
        (Array("Rar!\u{1A}\u{7}".utf8), 0, "a RAR archive", nil),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], 0, "a 7z archive", nil),
        (Array("ustar".utf8), 257, "a tar archive", nil),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], 0, "an xz file", nil),
        (Array("BZh".utf8), 0, "a bzip2 file", nil),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, "a zstd file", nil),
        (Array("\u{7F}ELF".utf8), 0, "a program", nil),
        (Array("PAR1".utf8), 0, "a Parquet file", nil),
        ([0x89, 0x48, 0x44, 0x46], 0, "an HDF5 file", nil),
        ([0x93] + Array("NUMPY".utf8), 0, "a NumPy array", nil),
        (Array("SQLite format 3".utf8), 0, "an SQLite database", nil),
        ([0, 0, 8, 1], 0, "an IDX file of labels", nil),
        ([0, 0, 8, 3], 0, "an IDX file of images", nil),
        ([0, 0, 8, 4], 0, "an IDX file of images", nil),
        ([0xD0, 0xCF, 0x11, 0xE0], 0, "an old Office document", nil),
        (Array("<!DOCTYPE html".utf8), 0, "a web page", nil),
        (Array("<!doctype".utf8), 0, "a web page", nil),
        (Array("<html".utf8), 0, "a web page", nil),
        (Array("<HTML".utf8), 0, "a web page", nil),
    ]
}
