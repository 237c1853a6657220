// Reads an image's orientation and turns its pixels upright.

internal import Dataset

/// The values of EXIF tag 0x0112 (Exif 2.32, 4.6.4 A): where the stored first row and column lie.
enum Orientation: Int {
    case upright = 1
    case mirrored, rotated180, flipped, transposed, rotated90, transversed, rotated270

    /// Whether stored rows become columns when upright.
    var swapsAxes: Bool { rawValue >= 5 }

    /// The size of an image that is stored with `size`, once it is upright.
    func upright(_ size: ImageSize) -> ImageSize {
        swapsAxes ? ImageSize(width: size.height, height: size.width) : size
    }

    /// The orientation that Pillow's `exif_transpose` uses: the EXIF tag, else the property in the XMP packet.
    init(exif: UnsafeRawBufferPointer?, xmp: UnsafeRawBufferPointer?) {
        let value = exif.flatMap(Self.tag(inEXIF:)) ?? xmp.flatMap(Self.property(inXMP:))
        self = value.flatMap(Orientation.init(rawValue:)) ?? .upright
    }

    /// Tag 0x0112 of the first directory; `nil` without one. Data that is not a TIFF structure counts as upright.
    private static func tag(inEXIF bytes: UnsafeRawBufferPointer) -> Int? {
        // Some writers put the prefix of a JPEG's Exif segment into a PNG too, or twice into a JPEG.
        let prefix = bytes.starts(with: Array("Exif\0\0".utf8)) ? 6 : 0
        let data = UnsafeRawBufferPointer(rebasing: bytes[prefix...])
        if data.isEmpty { return nil }
        guard let directory = TIFFDirectory(data) else { return upright.rawValue }
        return directory.integer(ofTag: 0x0112)
    }

    /// The digit of the first `tiff:Orientation="6"` or `<tiff:Orientation>6<`.
    private static func property(inXMP bytes: UnsafeRawBufferPointer) -> Int? {
        let name = Array("tiff:Orientation".utf8)
        for start in bytes.indices where bytes[start] == name[0] && bytes[start...].starts(with: name) {
            let rest = bytes[(start + name.count)...]
            for opening in ["=\"", ">"] where rest.starts(with: opening.utf8) {
                let digit = rest.dropFirst(opening.utf8.count).first.map { Int($0) - 0x30 }
                if let digit, (0...9).contains(digit) { return digit }
            }
        }
        return nil
    }

    /// Writes `image`, turned upright, to `output`.
    func makeUpright(_ image: borrowing PixelBuffer, into output: inout PixelBuffer) {
        let (size, channels) = (image.shape.size, image.shape.channels)
        let upright = upright(size)
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

/// The first directory of a TIFF structure (TIFF 6.0, section 2). Reading stops at the same errors as in Pillow.
private struct TIFFDirectory {
    private let bytes: UnsafeRawBufferPointer
    private let isBigEndian: Bool

    /// `nil` if `bytes` do not begin like TIFF. The number 42 may be byte-swapped, or be 43 (BigTIFF).
    init?(_ bytes: UnsafeRawBufferPointer) {
        let magics: [[UInt8]] = [
            [0x49, 0x49, 42, 0], [0x49, 0x49, 0, 42], [0x4D, 0x4D, 0, 42], [0x4D, 0x4D, 42, 0],
            [0x4D, 0x4D, 0, 43],
        ]
        guard bytes.count >= 8, magics.contains(where: { bytes.starts(with: $0) }) else { return nil }
        self.bytes = bytes
        isBigEndian = bytes[0] == 0x4D
    }

    /// The first value of tag `wanted`; 0 if it is not an integer, `nil` if the directory has no such tag.
    func integer(ofTag wanted: Int) -> Int? {
        guard let start = read(4, at: 4), let count = read(2, at: start) else { return nil }
        var outside = 0  // bytes of values stored outside their entries
        for index in 0..<count {
            let entry = start + 2 + index * 12
            guard let tag = read(2, at: entry), let type = read(2, at: entry + 2),
                let values = read(4, at: entry + 4), let offset = read(4, at: entry + 8)
            else { return nil }
            guard let unit = Self.bytesPerValue[type] else { continue }
            let size = values * unit
            if size > 4 {
                outside += size
                if outside > bytes.count { continue }
                if offset + size > bytes.count { return nil }
            }
            if tag == wanted, size > 0 {
                let isInteger = [3, 4, 6, 8, 9, 13, 16].contains(type)
                return isInteger ? read(unit, at: size > 4 ? offset : entry + 8) : 0
            }
        }
        return nil
    }

    private static let bytesPerValue = [
        1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
    ]

    /// An unsigned integer of `size` bytes; `nil` if it would reach past the end.
    private func read(_ size: Int, at offset: Int) -> Int? {
        guard offset <= bytes.count - size else { return nil }
        let value = bytes[offset..<offset + size]
        return (isBigEndian ? Array(value) : value.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
}
