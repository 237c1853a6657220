// How sizes, shares and augmentations are written in YAML files and on the command line alike.

public import Dataset
internal import Imaging

/// Parsers of the small notations that users type.
public enum Quantity {
    /// `28` or `WIDTHxHEIGHT`, each 1...4096.
    public static func imageSize(_ text: String) -> ImageSize? {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard parts.count <= 2, let width = parts.first, let height = parts.last,
            parts.allSatisfy({ (1...4096).contains($0) })
        else { return nil }
        return ImageSize(width: width, height: height)
    }

    /// `8MB`, `256MB`, `2GB`, `64KB`, or plain bytes; multiples of 1024. At least one byte.
    public static func bytes(_ text: String) -> Int? {
        let units = [("KB", 10), ("MB", 20), ("GB", 30), ("B", 0)]
        let upper = text.uppercased()
        for (suffix, shift) in units where upper.hasSuffix(suffix) {
            guard let count = Int(upper.dropLast(suffix.count)), count > 0, count <= Int.max >> 31 else {
                return nil
            }
            return count << shift
        }
        return Int(text).flatMap { $0 > 0 ? $0 : nil }
    }

    /// `5%` or `0.05`, as a share from 0 to 1.
    public static func share(_ text: String) -> Double? {
        let value = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
        return value.flatMap { (0...1).contains($0) ? $0 : nil }
    }

    public static let sizeNotation = "a size such as 28 or 28x28, up to 4096"
    public static let bytesNotation = "a number of bytes such as 8MB or 2GB"
    public static let shareNotation = "a share such as 5% or 0.05"
    public static let ratiosNotation = "three weights such as 80/10/10"
    public static let augmentationNotation = "such as rotate=10,shift=2,copies=1 (also scale, shear)"

    /// `rotate=10,shift=2,copies=1`; `copies` defaults to 1.
    public static func augmentation(_ text: String) -> PipelineConfiguration.Augmentation? {
        var values: [String: Double] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, let value = Double(pair[1]), values[pair[0]] == nil,
                let range = augmentationRanges[pair[0]], range.contains(value)
            else { return nil }
            values[pair[0]] = value
        }
        let copies = values["copies"] ?? 1
        guard copies == copies.rounded(), !values.isEmpty else { return nil }
        return PipelineConfiguration.Augmentation(
            affine: RandomAffine(
                rotation: values["rotate"] ?? 0, shift: values["shift"] ?? 0, scale: values["scale"] ?? 0,
                shear: values["shear"] ?? 0),
            copies: Int(copies))
    }

    /// Degrees, pixels, relative, degrees, whole copies.
    static let augmentationRanges: [String: ClosedRange<Double>] = [
        "rotate": 0...180, "shift": 0...1024, "scale": 0...0.9, "shear": 0...60, "copies": 1...255,
    ]
}
