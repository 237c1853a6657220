// EXIF orientation: how a camera was held, and turning its pixels upright.

internal import Dataset

/// The values of EXIF tag 0x0112 (Exif 2.32, 4.6.4 A): where the stored first row and column lie.
enum Orientation: UInt16 {
    case upright = 1
    case mirrored, rotated180, flipped, transposed, rotated90, transversed, rotated270

    /// Whether stored rows are displayed columns.
    var swapsAxes: Bool { rawValue >= 5 }

    /// Reads tag 0x0112 of the first directory of a TIFF structure, as EXIF and PNG's eXIf hold it.
    init(tiff bytes: UnsafeRawBufferPointer) {
        self = .upright
        let bigEndian = bytes.starts(with: Array("MM".utf8))
        guard bigEndian || bytes.starts(with: Array("II".utf8)) else { return }
        func read16(_ at: Int) -> Int? {
            guard at >= 0, at + 2 <= bytes.count else { return nil }
            let (a, b) = (Int(bytes[at]), Int(bytes[at + 1]))
            return bigEndian ? a << 8 | b : b << 8 | a
        }
        func read32(_ at: Int) -> Int? {
            guard let a = read16(at), let b = read16(at + 2) else { return nil }
            return bigEndian ? a << 16 | b : b << 16 | a
        }
        guard let directory = read32(4), let count = read16(directory) else { return }
        for index in 0..<count {
            let entry = directory + 2 + index * 12
            guard let tag = read16(entry) else { return }
            if tag == 0x0112, let value = read16(entry + 8) {
                self = UInt16(exactly: value).flatMap(Orientation.init(rawValue:)) ?? .upright
                return
            }
        }
    }

    /// Writes `image`, turned upright, to `output`.
    func makeUpright(_ image: borrowing PixelBuffer, into output: inout PixelBuffer) {
        let (size, channels) = (image.shape.size, image.shape.channels)
        let upright = swapsAxes ? ImageSize(width: size.height, height: size.width) : size
        output.reshape(ImageShape(size: upright, channels: channels))
        let (source, target) = (image.bytes, output.mutableBytes)
        for y in 0..<upright.height {
            for x in 0..<upright.width {
                let (right, bottom) = (size.width - 1, size.height - 1)
                let (sx, sy) =
                    switch self {
                    case .upright: (x, y)
                    case .mirrored: (right - x, y)
                    case .rotated180: (right - x, bottom - y)
                    case .flipped: (x, bottom - y)
                    case .transposed: (y, x)
                    case .rotated90: (y, bottom - x)
                    case .transversed: (right - y, bottom - x)
                    case .rotated270: (right - y, x)
                    }
                for channel in 0..<channels {
                    target[(y * upright.width + x) * channels + channel] =
                        source[(sy * size.width + sx) * channels + channel]
                }
            }
        }
    }
}
