// Many small images in one PNG, which is made and loaded faster than a PNG for each.

package import Dataset
internal import Imaging

/// Images of one size in rows and columns, each with a border of one transparent pixel.
package struct ContactSheet: Sendable {
    let columns, rows: Int
    /// Size of the whole sheet in pixels.
    package let size: ImageSize
    /// Row-major; gray and alpha interleaved, or red, green, blue and alpha.
    let pixels: [UInt8]
    /// Of the images.
    private let channels: Int

    /// - Parameter images: at least one, all of one size
    init(_ images: [Picture], columns: Int) {
        precondition(!images.isEmpty && columns > 0)
        let image = images[0].size
        let cell = ImageSize(width: image.width + 2, height: image.height + 2)
        self.columns = columns
        rows = (images.count + columns - 1) / columns
        size = ImageSize(width: cell.width * columns, height: cell.height * rows)
        let channels = images[0].shape.channels
        var pixels = [UInt8](repeating: 0, count: size.area * (channels + 1))
        for (index, picture) in images.enumerated() {
            precondition(picture.shape == images[0].shape)
            let (row, column) = index.quotientAndRemainder(dividingBy: columns)
            let origin = (row * cell.height + 1) * size.width + column * cell.width + 1
            for y in 0..<image.height {
                for x in 0..<image.width {
                    let target = (channels + 1) * (origin + y * size.width + x)
                    for channel in 0..<channels {
                        pixels[target + channel] = picture.pixels[(y * image.width + x) * channels + channel]
                    }
                    pixels[target + channels] = 255
                }
            }
        }
        self.pixels = pixels
        self.channels = channels
    }

    package var png: [UInt8] {
        pixels.withUnsafeBufferPointer {
            PNGEncoder.encode($0, ImageShape(size: size, channels: channels), hasAlpha: true)
        }
    }
}
