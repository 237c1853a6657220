// The shape of an image: its size, and how many numbers each pixel has.

/// Width, height and channels.
public struct ImageShape: Sendable, Hashable {
    /// Width and height in pixels.
    public var size: ImageSize
    /// Numbers per pixel: 1 for gray, 3 for red, green and blue.
    public var channels: Int

    /// A shape of `channels` numbers in each pixel.
    public init(size: ImageSize, channels: Int) {
        self.size = size
        self.channels = channels
    }

    /// Bytes of an image of this shape, without padding: one for each channel of each pixel. As many floats are a
    /// network's input.
    public var byteCount: Int { size.area * channels }
}

extension ImageShape: CustomStringConvertible {
    /// `gray` or `RGB`.
    package var colors: String { channels == 1 ? "gray" : "RGB" }

    /// Such as `28x28 gray`, the width first.
    public var description: String { "\(size) \(colors)" }
}
