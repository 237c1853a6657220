// Why an image could not be used; the text becomes the reason in rejected.csv.

public import Dataset

/// A problem with one image. It never concerns the rest of the input.
public enum ImageError: Failure, Equatable {
    case empty
    /// Neither PNG nor JPEG; the value describes the first bytes.
    case unsupportedFormat(found: String)
    case truncated(ImageFormat)
    /// The codec's own words.
    case corrupt(ImageFormat, String)
    /// Whatever made it unusable before or after decoding.
    case unusable(String)
    case tooManyPixels(ImageSize, limit: Int)
    case tooLargeExpansion(ImageSize, bytes: Int, limit: Int)

    public var kind: FailureKind { .badInput }

    public var description: String {
        switch self {
        case .empty: "empty file"
        case .unsupportedFormat(let found): "not a PNG or JPEG: \(found)"
        case .truncated(let format): "truncated \(format.rawValue)"
        case .corrupt(let format, let detail): "corrupt \(format.rawValue): \(detail)"
        case .unusable(let reason): reason
        case .tooManyPixels(let size, let limit):
            "\(size) pixels are more than the limit of \(limit)"
        case .tooLargeExpansion(let size, let bytes, let limit):
            "\(size) pixels from \(bytes) bytes: expands more than \(limit) times"
        }
    }
}
