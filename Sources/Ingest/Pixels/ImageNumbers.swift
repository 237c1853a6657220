// The images of a NumPy array as bytes: what its shape means, and what levels its numbers stand for.

internal import Dataset

/// An array of images, read from front to back.
final class ImageNumbers {
    /// Which level a number stands for.
    private enum Scale {
        /// Numbers are levels.
        case levels
        /// Numbers from 0 to 1 are shares of 255.
        case shares
    }

    let count: Int
    let shape: ImageShape
    private let array: NumberArray
    /// Whether the channels of an image come one after the other, not pixel by pixel.
    private let isPlanar: Bool
    private let scale: Scale
    private let stream: ByteStream
    private var item: [UInt8]
    private var index = 0

    /// Reads all numbers once if they are floats, to learn what levels they stand for.
    init(_ array: NumberArray, _ options: PixelOptions) throws(IngestError) {
        self.array = array
        let stream = try array.data()
        guard let layout = Self.layout(array.header.shape, options.shape),
            array.header.kind != .text, array.header.kind != .bytes
        else {
            throw .malformedArray(
                path: stream.name,
                reason: "\(array.header.text) of type \(array.header.type) are no images; "
                    + "those are N x height x width, with 1 or 3 channels behind, or in front if height and width are larger"
            )
        }
        (count, shape, isPlanar) = layout
        let size = shape.size
        guard size.area > 0, max(size.width, size.height) <= PixelLimit.side, size.area <= PixelLimit.area
        else {
            throw .malformedArray(
                path: stream.name,
                reason:
                    "images of \(size) pixels are empty, or beyond the limits: \(PixelLimit.side) a side, "
                    + "\(PixelLimit.area) in all")
        }
        guard count <= max(PixelLimit.images, Int(stream.file.size)) else {
            throw .malformedArray(
                path: stream.name,
                reason: "\(count) images in a file of \(stream.file.size) bytes; above \(PixelLimit.images), "
                    + "the limit is one per byte")
        }
        // Memory for an image is taken before it is read, and a header of a hundred bytes may promise 384 MB.
        let (bytes, limit) = (
            shape.byteCount * array.header.itemSize, UnpackLimit.bytes(ofFileSize: stream.file.size)
        )
        guard bytes <= limit else { throw .unpacksTooFar(path: stream.file.path.text, limit: limit) }
        self.stream = stream
        item = Array(repeating: 0, count: bytes)
        scale =
            switch array.header.kind {
            case .bool: .shares
            case .float: try Self.scale(array, itemCount: shape.byteCount, count: count)
            default: .levels
            }
    }

    /// Number and shape of the images in an array of this shape, and whether channels come first; `nil` if it holds none.
    static func layout(_ shape: [Int], _ given: ImageSize?) -> (Int, ImageShape, Bool)? {
        func images(_ height: Int, _ width: Int, _ channels: Int, isPlanar: Bool = false) -> (
            Int, ImageShape, Bool
        ) {
            (
                shape[0], ImageShape(size: ImageSize(width: width, height: height), channels: channels),
                isPlanar
            )
        }
        switch shape.count {
        case 2:
            if let given { return given.area == shape[1] ? images(given.height, given.width, 1) : nil }
            let side = Int(Double(shape[1]).squareRoot().rounded())
            // A single column is a list of labels.
            return side > 1 && side * side == shape[1] ? images(side, side, 1) : nil
        case 3: return images(shape[1], shape[2], 1)
        case 4 where shape[3] == 1 || shape[3] == 3: return images(shape[1], shape[2], shape[3])
        case 4 where (shape[1] == 1 || shape[1] == 3) && min(shape[2], shape[3]) > 3:
            return images(shape[2], shape[3], shape[1], isPlanar: true)
        default: return nil
        }
    }

    /// Floats are shares if all lie in 0...1, else levels if all are whole and in 0...255.
    private static func scale(_ array: NumberArray, itemCount: Int, count: Int) throws(IngestError) -> Scale {
        let stream = try array.data()
        var (isShare, isLevel) = (true, true)
        for index in 0..<count {
            let bytes = try stream.take(itemCount * array.header.itemSize)
            guard bytes.count == itemCount * array.header.itemSize else { break }
            bytes.withUnsafeBytes { bytes in
                for offset in stride(from: 0, to: bytes.count, by: array.header.itemSize) {
                    let value = array.number(bytes, offset)
                    // Not a number is in neither range.
                    isShare = isShare && value >= 0 && value <= 1
                    isLevel = isLevel && value >= 0 && value <= 255 && value == value.rounded()
                }
            }
            guard isShare || isLevel else {
                throw .malformedArray(
                    path: stream.name,
                    reason:
                        "image \(index): floats must all be from 0 to 1, or all whole numbers from 0 to 255")
            }
        }
        return isShare ? .shares : .levels
    }

    /// Copies the levels of the next image, channels interleaved, to `output`, which holds as many bytes.
    func readNext(into output: UnsafeMutableRawBufferPointer) throws(IngestError) {
        let isPlain = array.header.kind == .unsigned && array.header.itemSize == 1 && !isPlanar
        let found =
            isPlain
            ? try stream.fill(output)
            : try item.withMutableBytes { (bytes) throws(IngestError) in try stream.fill(bytes) }
        guard found == (isPlain ? output.count : item.count) else {
            throw .malformedArray(path: stream.name, reason: "ends inside image \(index) of \(count)")
        }
        if !isPlain { try convert(to: output) }
        index += 1
    }

    private func convert(to output: UnsafeMutableRawBufferPointer) throws(IngestError) {
        let (area, channels) = (shape.size.area, shape.channels)
        let scaling = scale == .shares ? 255.0 : 1
        let isValid = item.withUnsafeBytes { bytes in
            for position in 0..<output.count {
                let source = isPlanar ? position % channels * area + position / channels : position
                let value = (array.number(bytes, source * array.header.itemSize) * scaling).rounded()
                guard value >= 0, value <= 255 else { return false }
                output[position] = UInt8(value)
            }
            return true
        }
        guard isValid else {
            throw .malformedArray(
                path: stream.name, reason: "image \(index) has a level that is not from 0 to 255")
        }
    }

    /// Checks that nothing follows the last image, and returns the digest of the file or member.
    func finish() throws(IngestError) -> Digest {
        guard try stream.take(1).isEmpty else {
            throw .malformedArray(path: stream.name, reason: "data behind its last image")
        }
        return stream.finish()
    }
}
