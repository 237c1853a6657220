// How sizes and shares are written, in YAML files as on the command line.

package import Dataset

/// Parsers of the notations, and their descriptions for error messages.
package enum Quantity {
    /// `28` or `WIDTHxHEIGHT`, each 1...4096.
    package static func imageSize(_ text: String) -> ImageSize? {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard parts.count <= 2, let width = parts.first, let height = parts.last,
            parts.allSatisfy({ (1...4096).contains($0) })
        else { return nil }
        return ImageSize(width: width, height: height)
    }

    /// `8MB`, `2GB`, `64KB` or a plain number of bytes, at least 1; a KB has 1024 bytes.
    package static func bytes(_ text: String) -> Int? {
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

    /// As ``bytes(_:)``, up to 1 GB, because a shard is put together in memory.
    package static func shardBytes(_ text: String) -> Int? {
        bytes(text).flatMap { $0 <= 1 << 30 ? $0 : nil }
    }

    /// `5%` or `0.05`, as a share from 0 to 1.
    package static func share(_ text: String) -> Double? {
        let value = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
        return value.flatMap { (0...1).contains($0) ? $0 : nil }
    }

    /// A distance in gray levels, 0 to 255.
    package static func levels(_ text: String) -> Double? {
        Double(text).flatMap { (0...255).contains($0) ? $0 : nil }
    }

    package static let sizeNotation = "a size such as 28 or 28x28, up to 4096"
    package static let bytesNotation = "a number of bytes such as 8MB or 2GB"
    package static let shardBytesNotation = "a number of bytes such as 8MB, up to 1GB"
    package static let shareNotation = "a share such as 5% or 0.05"
    package static let levelsNotation = "a number of gray levels from 0 to 255"
    package static let ratiosNotation = "three weights such as 80/10/10"
}
