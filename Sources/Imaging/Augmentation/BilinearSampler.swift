// Reads images at positions between their pixels. Around an image is its background.

internal import CKernels
package import Dataset

/// Samples images of one shape bilinearly, reusing one scratch buffer.
package struct BilinearSampler: ~Copyable {
    package let shape: ImageShape
    /// For the image in a frame of its background.
    private let framed: UnsafeMutablePointer<UInt8>
    /// Less only in tests, which compare the vector code with the plain loop.
    var vectors = KERNELS_AVX512

    /// - Parameter isUsed: `false` if no image will be sampled, which takes no memory
    package init(shape: ImageShape, isUsed: Bool = true) {
        precondition([1, 3].contains(shape.channels))
        self.shape = shape
        let bytes =
            isUsed
            ? kernels_frame_bytes(Int32(shape.size.width), Int32(shape.size.height), Int32(shape.channels))
            : 0
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
        let (size, channels) = (shape.size, shape.channels)
        let map = parameters.inverseMap(for: size)
        func fixed(_ value: Double) -> Double { (value * 65536).rounded() }
        let fixedMap = kernels_affine(
            xx: Int32(fixed(map.xx)), xy: Int32(fixed(map.xy)), yx: Int32(fixed(map.yx)),
            yy: Int32(fixed(map.yy)), x0: Int64(fixed(map.x0)), y0: Int64(fixed(map.y0)))
        withBackground(of: source) { levels in
            kernels_affine_bilinear(
                source.baseAddress, Int32(size.width), Int32(size.height), Int32(channels), levels, fixedMap,
                vectors, framed, target.baseAddress)
        }
    }

    /// Writes `source`, each pixel displaced by `field`, to `target`.
    package func apply(
        _ field: borrowing DisplacementField, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(source.count == shape.byteCount && target.count == shape.byteCount)
        precondition(field.size == shape.size)
        let (width, height) = (Int32(shape.size.width), Int32(shape.size.height))
        withBackground(of: source) { levels in
            kernels_frame(source.baseAddress, width, height, Int32(shape.channels), levels, framed)
        }
        kernels_displace(
            framed, width, height, Int32(shape.channels), field.across, field.down,
            vectors == KERNELS_PLAIN ? 0 : 1, target.baseAddress)
    }

    /// Calls `body` with the levels of the image's border, one for each channel.
    private func withBackground(
        of source: UnsafeBufferPointer<UInt8>, _ body: (UnsafePointer<UInt8>?) -> Void
    ) {
        withUnsafeBytes(of: Background(of: source, shape).levels) {
            body($0.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
    }
}
