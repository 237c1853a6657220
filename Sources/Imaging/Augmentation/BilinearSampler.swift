// Reads images at positions between their pixels. Around an image is its background.

internal import CKernels
package import Dataset

/// Samples images of one shape bilinearly, reusing one scratch buffer.
package struct BilinearSampler: ~Copyable {
    package let shape: ImageShape
    /// The image in a frame of its background, as kernels_frame writes it.
    private let framed: UnsafeMutablePointer<UInt8>
    /// Off only in tests, which compare the vector code with the plain loop.
    var useVectors = true

    package init(shape: ImageShape) {
        precondition([1, 3].contains(shape.channels))
        self.shape = shape
        let (width, height) = (shape.size.width, shape.size.height)
        let bytes = (2 * (width + 3) * (height + 2) + width) * shape.channels + 16
        framed = .allocate(capacity: bytes)
        framed.initialize(repeating: 0, count: bytes)
    }

    deinit { framed.deallocate() }

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
            framed, Int32(size.width), Int32(size.height), Int32(channels), fixedMap, useVectors ? 1 : 0,
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
            framed, Int32(shape.size.width), Int32(shape.size.height), Int32(shape.channels), field.across,
            field.down, useVectors ? 1 : 0, target.baseAddress)
    }

    private func frame(_ source: UnsafeBufferPointer<UInt8>) {
        withUnsafeBytes(of: Background(of: source, shape).levels) { levels in
            kernels_frame(
                source.baseAddress, Int32(shape.size.width), Int32(shape.size.height), Int32(shape.channels),
                levels.baseAddress?.assumingMemoryBound(to: UInt8.self), framed)
        }
    }
}
