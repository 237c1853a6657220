// Small files of pixels in the formats that people have: PNG, IDX, NumPy, CSV.

/// Made byte by byte, as the formats' descriptions say, without any library.
public enum PixelFiles {
    /// A PNG of 8-bit levels, row-major, channels interleaved, without compression.
    public static func png(width: Int, height: Int, channels: Int = 1, _ pixels: [UInt8]) -> [UInt8] {
        let rowBytes = width * channels
        let rows = (0..<height).flatMap { [0] + pixels[$0 * rowBytes..<($0 + 1) * rowBytes] }
        // RFC 1950 and 1951: one stored block, which holds up to 65,535 bytes.
        precondition(rows.count <= 65_535 && pixels.count == rowBytes * height)
        let length = UInt16(rows.count)
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in rows { (a, b) = ((a + UInt32(byte)) % 65_521, (b + a + UInt32(byte)) % 65_521) }
        let packed: [UInt8] =
            [
                0x78, 0x01, 1, UInt8(length & 255), UInt8(length >> 8), UInt8(~length & 255),
                UInt8(~length >> 8),
            ]
            + rows + big(b << 16 | a)
        let header = big(UInt32(width)) + big(UInt32(height)) + [8, channels == 1 ? 0 : 2, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
            + chunk("IDAT", packed)
            + chunk("IEND", [])
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        var crc = UInt32.max
        for byte in body {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return big(UInt32(data.count)) + body + big(~crc)
    }

    private static func big(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian, Array.init) }

    /// An IDX file of unsigned bytes.
    public static func idx(_ dimensions: [Int], _ data: [UInt8]) -> [UInt8] {
        [0, 0, 8, UInt8(dimensions.count)] + dimensions.flatMap { big(UInt32($0)) } + data
    }

    /// A `.npy` file, as NumPy writes it: its description ends at a multiple of 64 bytes.
    ///
    /// - Parameters:
    ///   - type: such as `|u1`
    ///   - extra: what follows the shape in the description
    public static func npy(
        _ shape: [Int], type: String = "|u1", isFortran: Bool = false, version: UInt8 = 1, _ data: [UInt8]
    ) -> [UInt8] {
        let numbers = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text =
            "{'descr': '\(type)', 'fortran_order': \(isFortran ? "True" : "False"), 'shape': (\(numbers)), }"
        let lengthBytes = version == 1 ? 2 : 4
        while (8 + lengthBytes + text.utf8.count + 1) % 64 != 0 { text += " " }
        let length = withUnsafeBytes(of: UInt32(text.utf8.count + 1).littleEndian, Array.init)
        return [0x93] + Array("NUMPY".utf8) + [version, 0] + length.prefix(lengthBytes) + Array(text.utf8) + [
            10
        ] + data
    }

    /// A table with a label and the levels of an image in each row.
    ///
    /// - Parameter header: whether the first line names the columns as Kaggle does
    public static func csv(
        _ images: [[UInt8]], labels: [String]?, header: Bool = true, separator: String = ",",
        lineEnd: String = "\n"
    ) -> [UInt8] {
        let names = (labels == nil ? [] : ["label"]) + (images.first ?? []).indices.map { "pixel\($0)" }
        var lines = header ? [names.joined(separator: separator)] : []
        for (number, image) in images.enumerated() {
            let label = labels.map { [$0[number]] } ?? []
            lines.append((label + image.map(String.init)).joined(separator: separator))
        }
        return Array((lines.joined(separator: lineEnd) + lineEnd).utf8)
    }
}
