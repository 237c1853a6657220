// Paths inside an input: cleaned, judged, and split into key and label.

internal import Dataset

/// The path of an entry, with `/` between components and no `.` or empty ones.
struct EntryPath {
    let components: [ArraySlice<UInt8>]

    /// - Parameter name: decoded already: in Shift-JIS, the second byte of a character may look like a backslash
    init(_ name: [UInt8]) {
        let (slash, backslash) = (UInt8(ascii: "/"), UInt8(ascii: "\\"))
        // Windows tools write backslashes into zip files.
        let separator = name.contains(slash) || !name.contains(backslash) ? slash : backslash
        components = name.split(separator: separator).filter { !$0.elementsEqual(".".utf8) }
    }

    var key: Key { Key(bytes: components.joined(separator: [UInt8(ascii: "/")])) }

    /// The immediate parent folder.
    var label: Key? { components.count >= 2 ? Key(bytes: components[components.count - 2]) : nil }

    /// Hidden files, and what macOS and Windows leave in archives and folders.
    var isHidden: Bool {
        guard let name = components.last else { return true }
        return components.contains {
            $0.first == UInt8(ascii: ".") && !$0.elementsEqual("..".utf8) || $0.elementsEqual("__MACOSX".utf8)
        }
            || ["thumbs.db", "desktop.ini"].contains(name.asciiLowercased)
    }

    /// Whether it climbs to a folder above, which may be one outside of the input.
    var climbs: Bool { components.contains { $0.elementsEqual("..".utf8) } }

    /// Whether the name claims to be an image. It only decides whether something that is
    /// no image is reported as broken or passed over as another file.
    var claimsToBeImage: Bool {
        guard let name = components.last, let dot = name.lastIndex(of: UInt8(ascii: ".")) else {
            return false
        }
        return Self.imageExtensions.contains(name[(dot + 1)...].asciiLowercased)
    }

    private static let imageExtensions: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "avif",
    ]
}

extension ArraySlice<UInt8> {
    /// The text with ASCII letters alone in lower case, so that nothing depends on the encoding of the others.
    var asciiLowercased: String {
        String(decoding: map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }
}
