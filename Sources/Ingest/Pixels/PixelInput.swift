// Tells by their contents which inputs hold pixels as numbers, and opens them.

package import Dataset
internal import Storage

/// The kinds of inputs that hold pixels as numbers.
package enum PixelInput: Sendable {
    /// A table: a CSV file with an image per row.
    case table
    /// A file of NumPy: `.npz` or `.npy`.
    case archive, array
    /// A folder with `.npy` files, by their names.
    case arrays([String])

    /// What lies at `path`, by its contents; `nil` for all else, such as archives, folders of images and of IDX files.
    package init?(at path: String) throws(IngestError) {
        let place = SystemPath(path)
        if case .folder = try FileKind(at: place) {
            guard let names = try ArrayFiles.names(inFolder: path) else { return nil }
            self = .arrays(names)
            return
        }
        let head = try ByteStream(place).take(4096)
        if head.starts(with: NPYHeader.magic) {
            self = .array
        } else if head.starts(with: [0x50, 0x4B, 3, 4]), head.count > 30 {
            let name = head.dropFirst(30).prefix(head.little16(26))
            guard name.suffix(4).elementsEqual(".npy".utf8) else { return nil }
            // Images with some arrays beside them, none of which is named as images.
            let mixture = try ArrayFiles.mixture(inZip: path)
            if mixture.image != nil, !mixture.holdsImageArray { return nil }
            self = .archive
        } else {
            guard Self.isTable(head) else { return nil }
            self = .table
        }
    }

    /// Whether a file begins as text, and its first line as that of a table.
    private static func isTable(_ head: [UInt8]) -> Bool {
        guard let first = head.first, first != UInt8(ascii: "<"), first != UInt8(ascii: "#"),
            head.allSatisfy({ $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D })
        else { return false }
        return head.drop { $0 == 0x0A || $0 == 0x0D }.prefix { $0 != 0x0A }.withUnsafeBufferPointer {
            CSVReader.separator(in: $0) != nil
        }
    }
}

extension PixelInput {
    /// Throws an error if the input at `path` holds images too, because either could be meant.
    package func requireNoImages(at path: String) throws(IngestError) {
        let image: String? =
            switch self {
            case .archive: try ArrayFiles.mixture(inZip: path).image
            case .arrays: try ArrayFiles.image(inFolder: SystemPath(path))
            case .table, .array: nil
            }
        guard let image else { return }
        throw .malformedArray(
            path: path,
            reason: "holds arrays of images and image files, such as \(image.excerpt)\n"
                + "Move one kind elsewhere, or give prep mnist, which reads the arrays alone.")
    }

    /// The splits of the parts of the input at `path`, as their names have it; `nil` for train.
    package func splits(at path: String, options: PixelOptions) throws(IngestError) -> [Split?] {
        guard let arrays = try arrays(at: path) else {
            return [PixelPart(fileNamed: FileSystem.split(path).name).split]
        }
        return try ArrayFiles(arrays, path: path, needsLabels: false, options: options).pairs.map(
            \.part.split)
    }

    /// The arrays at `path`, of which only the headers are read; `nil` for a table.
    fileprivate func arrays(at path: String) throws(IngestError) -> [NumberArray]? {
        switch self {
        case .table: nil
        case .archive: try ArrayFiles.members(path)
        case .array: ArrayFiles.files([path])
        case .arrays(let names): ArrayFiles.files(names.map { "\(path)/\($0)" })
        }
    }
}

/// Opens an input that holds pixels as numbers: IDX files in a folder, a table, or NumPy's arrays.
///
/// - Parameter needsLabels: whether images without labels are an error
package func openPixels(
    at path: String, options: PixelOptions, needsLabels: Bool = true
) throws(IngestError) -> any EntrySource {
    guard let input = try PixelInput(at: path) else { return try PixelParts(idx: path, options: options) }
    guard let arrays = try input.arrays(at: path) else {
        return try PixelTable(path: path, options: options, needsLabels: needsLabels)
    }
    return try PixelParts(arrays, path: path, options: options, needsLabels: needsLabels)
}
