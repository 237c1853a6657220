// Paths inside an input: cleaned, classified, and split into key and label.

internal import Dataset

/// The path of an entry, split into components; empty ones and `.` are left out.
struct EntryPath {
    let components: [ArraySlice<UInt8>]

    /// The longest name in bytes: Linux cannot open longer paths, and every key is kept until the end.
    static let lengthLimit = 4096

    /// - Parameter name: decoded, because in Shift-JIS the second byte of a character may look like a backslash
    init(_ name: [UInt8]) {
        let (slash, backslash) = (UInt8(ascii: "/"), UInt8(ascii: "\\"))
        // Windows tools write backslashes into zip files.
        let separator = name.contains(slash) || !name.contains(backslash) ? slash : backslash
        components = name.split(separator: separator).filter { !$0.elementsEqual(".".utf8) }
    }

    var key: Key { Key(bytes: components.joined(separator: [UInt8(ascii: "/")])) }

    /// The name of the folder that holds the entry; `nil` at the top.
    var label: Key? { components.count >= 2 ? Key(bytes: components[components.count - 2]) : nil }

    /// Whether it is hidden, or a file that macOS or Windows leaves in archives and folders.
    var isHidden: Bool {
        guard let name = components.last else { return true }
        return components.contains {
            $0.first == UInt8(ascii: ".") && !$0.elementsEqual("..".utf8) || $0.elementsEqual("__MACOSX".utf8)
        }
            || ["thumbs.db", "desktop.ini"].contains(name.asciiLowercased)
    }

    /// Whether it contains `..`, which may lead outside the input.
    var climbs: Bool { components.contains { $0.elementsEqual("..".utf8) } }

    /// Whether the name ends as an image's. This decides whether a file that is not an image is reported as unusable or
    /// skipped as another file.
    var claimsToBeImage: Bool { components.last.map(ImageFormat.isNamedAsImage) ?? false }

    /// The last component without the ending of images, if it has one.
    var stem: ArraySlice<UInt8> {
        guard let name = components.last else { return [] }
        guard claimsToBeImage, let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return name }
        return name[..<dot]
    }

    /// Hashes of the stem, of the stem with its folder, and so on to the whole path. They differ from process to
    /// process, so no result may depend on them.
    var ends: [Int] {
        guard !components.isEmpty else { return [] }
        var ends = [Key(bytes: stem).hashValue]
        for folder in components.dropLast().reversed() {
            var hasher = Hasher()
            hasher.combine(ends[ends.count - 1])
            hasher.combine(folder)
            ends.append(hasher.finalize())
        }
        return ends
    }
}

extension ArraySlice<UInt8> {
    /// The text with its ASCII letters in lower case; other bytes are kept, whatever their encoding.
    var asciiLowercased: String {
        String(decoding: map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }
}
