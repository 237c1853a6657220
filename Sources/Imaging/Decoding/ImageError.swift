// Errors for a single image; their text becomes the reason in rejected.csv.

package import Dataset

/// A problem with one image; the rest of the input can still be used.
package enum ImageError: Failure, Equatable {
    case empty
    case unsupportedFormat(found: String)
    case foreignFormat(name: String, conversion: String)
    case unsupportedKind(ImageFormat, String)
    case truncated(ImageFormat)
    case corrupt(ImageFormat, String)
    case unusable(String)
    case tooLongSide(ImageSize, limit: Int)
    case tooManyPixels(ImageSize, limit: Int)
    case tooLargeExpansion(ImageSize, bytes: Int, limit: Int)
    case tooMuchMemory(bytes: Int, limit: Int)

    package var kind: FailureKind { .badInput }

    package var description: String {
        switch self {
        case .empty: "empty file"
        case .unsupportedFormat(let found): "not a PNG, JPEG, WebP, TIFF, GIF or BMP: \(found)"
        case .foreignFormat(let name, let conversion):
            "\(name), which prep cannot read; convert it first, for example with \(conversion)"
        case .unsupportedKind(let format, let kind):
            "a kind of \(format.rawValue) that prep cannot read (\(kind)); convert it to PNG first"
        case .truncated(let format): "truncated \(format.rawValue)"
        case .corrupt(let format, let detail): "corrupt \(format.rawValue): \(detail)"
        case .unusable(let reason): reason
        case .tooLongSide(let size, let limit):
            "\(size) pixels: a side is longer than the limit of \(limit)"
        case .tooManyPixels(let size, let limit):
            "\(size) pixels are more than the limit of \(limit)"
        case .tooLargeExpansion(let size, let bytes, let limit):
            "\(size) pixels from \(bytes) bytes: expands more than \(limit) times"
        case .tooMuchMemory(let bytes, let limit):
            "decoding takes \(bytes) bytes of memory, more than the limit of \(limit) for a file of its size"
        }
    }
}
