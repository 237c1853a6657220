// The pixels of a staged part, which are believed only if they have the digest of its record.

internal import Dataset
internal import Storage

/// Images by their position in the part: in memory, if they fit, otherwise read one by one.
final class StagedPixels {
    private let file: TensorFile
    /// All images, or none.
    private let pixels: [UInt8]
    private let area: Int
    /// How many images to take at once.
    let step: Int

    /// - Throws: ``WorkError/missing(what:step:)`` if the part is not staged, or damaged
    init(_ part: StagedPart, _ image: ImageSize, memory: Int) throws {
        _ = try part.requireRecord { $0 == part.pixelsName }
        file = try TensorFile("\(part.work.path)/\(part.pixelsName)")
        area = image.area
        pixels = try file.count("pixels") * area <= memory ? try file.bytes("pixels") : []
        step = max((4 << 20) / area, 1)
    }

    func images(_ positions: ArraySlice<UInt32>) throws(StorageError) -> [UInt8] {
        var images: [UInt8] = []
        images.reserveCapacity(positions.count * area)
        for position in positions.lazy.map({ Int($0) }) {
            if pixels.isEmpty {
                images += try file.bytes("pixels", position..<position + 1)
            } else {
                images += pixels[position * area..<(position + 1) * area]
            }
        }
        return images
    }
}
