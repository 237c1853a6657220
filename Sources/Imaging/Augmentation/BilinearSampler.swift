// Reads images at positions between their pixels. Around an image is its background.

internal import CKernels
package import Dataset

/// Samples images of one shape bilinearly, reusing one scratch buffer.
package struct BilinearSampler: ~Copyable {
    package let shape: ImageShape
    /// The image inside a frame of its background: (width+3) x (height+3) pixels.
    private let padded: UnsafeMutablePointer<UInt8>
    /// Off only in tests, which compare the vector code with the plain loop.
    var useVectors = true

    package init(shape: ImageShape) {
        precondition([1, 3].contains(shape.channels))
        self.shape = shape
        let bytes = (shape.size.width + 3) * (shape.size.height + 3) * shape.channels + 16
        padded = .allocate(capacity: bytes)
        padded.initialize(repeating: 0, count: bytes)
    }

    deinit { padded.deallocate() }

    /// Writes `source`, changed by `parameters`, to `target`.
    package func apply(
        _ parameters: AffineParameters, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(source.count == shape.byteCount && target.count == shape.byteCount)
        frame(source)
        let (size, channels) = (shape.size, shape.channels)
        let map = parameters.inverseMap(for: size)
        func fixed(_ value: Double) -> Double { (value * 65536).rounded() }
        let fixedMap = kernels_affine(
            xx: Int32(fixed(map.xx)), xy: Int32(fixed(map.xy)), yx: Int32(fixed(map.yx)),
            yy: Int32(fixed(map.yy)), x0: Int64(fixed(map.x0)), y0: Int64(fixed(map.y0)))
        kernels_affine_bilinear(
            padded, Int32(size.width), Int32(size.height), Int32(channels), fixedMap, useVectors ? 1 : 0,
            target.baseAddress)
    }

    /// Writes `source`, each pixel displaced by `field`, to `target`.
    package func apply(
        _ field: borrowing DisplacementField, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(source.count == shape.byteCount && target.count == shape.byteCount)
        precondition(field.size == shape.size)
        frame(source)
        kernels_displace(
            padded, Int32(shape.size.width), Int32(shape.size.height), Int32(shape.channels), field.across,
            field.down, useVectors ? 1 : 0, target.baseAddress)
    }

    private func frame(_ source: UnsafeBufferPointer<UInt8>) {
        guard let base = source.baseAddress else { return }
        let (size, channels) = (shape.size, shape.channels)
        let (stride, row) = ((size.width + 3) * channels, size.width * channels)
        let background = Background(of: source, shape)
        // Whole rows above and below; between them, what is right of a row and left of the next in one.
        background.fill(padded, pixels: size.width + 4)
        for y in 0..<size.height {
            let target = padded + (y + 1) * stride + channels
            target.update(from: base + y * row, count: row)
            background.fillThree(target + row)
        }
        background.fill(padded + (size.height + 1) * stride, pixels: 2 * (size.width + 3))
    }
}

/// The background of an image: the median of its border in each channel.
struct Background {
    private let levels: (UInt8, UInt8, UInt8)
    private let channels: Int

    init(of image: UnsafeBufferPointer<UInt8>, _ shape: ImageShape) {
        channels = shape.channels
        func level(_ channel: Int) -> UInt8 {
            borderMedian(image, size: shape.size, channels: shape.channels, channel: channel)
        }
        let first = level(0)
        levels = channels == 1 ? (first, first, first) : (first, level(1), level(2))
    }

    /// Writes it to three pixels.
    func fillThree(_ target: UnsafeMutablePointer<UInt8>) {
        (target[0], target[1], target[2]) = levels
        guard channels == 3 else { return }
        (target[3], target[4], target[5]) = levels
        (target[6], target[7], target[8]) = levels
    }

    /// Writes it to a row of pixels.
    func fill(_ target: UnsafeMutablePointer<UInt8>, pixels: Int) {
        guard channels == 3, levels.0 != levels.1 || levels.1 != levels.2 else {
            target.update(repeating: levels.0, count: pixels * channels)
            return
        }
        for pixel in 0..<pixels {
            target[3 * pixel] = levels.0
            target[3 * pixel + 1] = levels.1
            target[3 * pixel + 2] = levels.2
        }
    }
}
