// What the markers of a JPEG say before its compressed data: size, components, orientation.

internal import Dataset

/// The part of a JPEG's header that decides how it is decoded.
///
/// libjpeg reads it too, but reading it through TurboJPEG costs a tenth of a small image's decoding.
struct JPEGHeader {
    private(set) var size = ImageSize(width: 0, height: 0)
    private(set) var components = 0
    private(set) var orientation = Orientation.upright
    private var hasJFIF = false
    private var has420Sampling = false

    /// Whether it surely holds Y, Cb and Cr with halved chroma: JFIF says so of three components.
    var isYCbCr420: Bool { hasJFIF && components == 3 && has420Sampling }

    /// Walks the markers (ITU-T T.81, B.1.1) up to the start of scan; `nil` if they do not follow each
    /// other, which libjpeg may still forgive.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xFF {
            let marker = bytes[position + 1]
            if marker == 0xFF {  // fill byte
                position += 1
                continue
            }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            let end = position + 2 + length
            guard length >= 2, end <= bytes.count else { return nil }
            let segment = UnsafeRawBufferPointer(rebasing: bytes[position + 4..<end])
            switch marker {
            case 0xDA:
                if components == 0 { return nil }
                return
            case 0xD8, 0xD9: return nil
            case 0xC4, 0xC8, 0xCC: break  // tables: DHT, JPG, DAC
            case 0xC0...0xCF:
                guard components == 0, readFrame(segment) else { return nil }
            case 0xE0 where segment.starts(with: Self.jfif): hasJFIF = true
            case 0xE1 where segment.count >= 6 && segment.starts(with: Self.exif):
                if orientation == .upright {
                    orientation = Orientation(tiff: UnsafeRawBufferPointer(rebasing: segment.dropFirst(6)))
                }
            default: break
            }
            position = end
        }
        return nil
    }

    private static let jfif = Array("JFIF\0".utf8)
    private static let exif = Array("Exif\0\0".utf8)

    /// Start of frame: precision, height, width, number of components.
    private mutating func readFrame(_ segment: UnsafeRawBufferPointer) -> Bool {
        guard segment.count >= 6 else { return false }
        size.height = Int(segment[1]) << 8 | Int(segment[2])
        size.width = Int(segment[3]) << 8 | Int(segment[4])
        components = Int(segment[5])
        // Per component: identifier, sampling factors as two nibbles, quantisation table.
        if components == 3, segment.count >= 15 {
            has420Sampling = segment[7] == 0x22 && segment[10] == 0x11 && segment[13] == 0x11
        }
        return size.area > 0 && [1, 3, 4].contains(components)
    }
}
