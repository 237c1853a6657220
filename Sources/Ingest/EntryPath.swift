// Paths inside an input: cleaned, judged, and split into key and label.

/// The path of an entry, with `/` between components and no `.` or empty ones.
struct EntryPath {
    let components: [Substring]

    init(_ raw: String) {
        // Windows tools write backslashes into zip files.
        let separator: Character = raw.contains("/") || !raw.contains("\\") ? "/" : "\\"
        components = raw.split(separator: separator).filter { $0 != "." }
    }

    var text: String { components.joined(separator: "/") }

    /// The immediate parent folder.
    var label: String? {
        components.count >= 2 ? String(components[components.count - 2]) : nil
    }

    /// Hidden files, and what macOS and Windows leave in archives and folders.
    var isHidden: Bool {
        guard let name = components.last else { return true }
        return components.contains { $0.hasPrefix(".") || $0 == "__MACOSX" }
            || ["thumbs.db", "desktop.ini"].contains(name.lowercased())
    }

    /// Whether the name claims to be an image. It only decides whether something that is
    /// no image is reported as broken or passed over as another file.
    var claimsToBeImage: Bool {
        guard let name = components.last, let dot = name.lastIndex(of: ".") else { return false }
        return Self.imageExtensions.contains(name[name.index(after: dot)...].lowercased())
    }

    private static let imageExtensions: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "avif",
    ]
}
