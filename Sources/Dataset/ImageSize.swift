// The size of an image.

/// Width and height in pixels.
public struct ImageSize: Sendable, Hashable, Codable {
    /// Pixels across.
    public var width: Int
    /// Pixels down.
    public var height: Int

    /// A size of `width` x `height` pixels.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Number of pixels: width x height.
    public var area: Int { width * height }
}

extension ImageSize: CustomStringConvertible {
    /// Such as `28x28`, the width first.
    public var description: String { "\(width)x\(height)" }
}
