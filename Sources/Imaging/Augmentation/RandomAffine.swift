// Augmentation: rotates, shifts, scales and shears a prepared gray image at random.

internal import CKernels
package import Dataset

/// The ranges of a random affine augmentation. Each parameter is drawn uniformly.
///
/// Rotation, scale and shear keep the centre of the image in place. Sampling is bilinear; pixels outside the image
/// have the median level of its border. There are no flips, because they would turn a digit or letter into another.
public struct RandomAffine: Sendable, Equatable, Codable {
    /// Degrees, drawn from -rotation ... rotation; positive angles turn counter-clockwise.
    public var rotation: Double
    /// Pixels, drawn for each axis from -shift ... shift.
    public var shift: Double
    /// Relative: the scale factor is drawn from 1-scale ... 1+scale.
    public var scale: Double
    /// Angle of a horizontal shear in degrees, drawn from -shear ... shear.
    public var shear: Double

    /// A parameter of 0 changes nothing.
    public init(rotation: Double = 0, shift: Double = 0, scale: Double = 0, shear: Double = 0) {
        self.rotation = rotation
        self.shift = shift
        self.scale = scale
        self.shear = shear
    }

    /// Draws one change. It always takes five random numbers in the same order, so that enabling one parameter
    /// does not change the others.
    package func draw(_ random: inout SeededRandom) -> AffineParameters {
        AffineParameters(
            rotation: random.symmetric(rotation), shiftX: random.symmetric(shift),
            shiftY: random.symmetric(shift), scale: 1 + random.symmetric(scale),
            shear: random.symmetric(shear))
    }
}

/// One affine change: shear, then scale, then rotation about the centre, then shift; `scale` is the factor itself.
package struct AffineParameters: Sendable, Equatable {
    package var rotation, shiftX, shiftY, scale, shear: Double

    package init(
        rotation: Double = 0, shiftX: Double = 0, shiftY: Double = 0, scale: Double = 1, shear: Double = 0
    ) {
        self.rotation = rotation
        self.shiftX = shiftX
        self.shiftY = shiftY
        self.scale = scale
        self.shear = shear
    }

    /// The map from output to source positions: in = centre + M⁻¹ (out - centre - shift).
    package struct InverseMap: Sendable {
        /// Row-major 2x2 matrix and offset, in pixels.
        package let xx, xy, yx, yy, x0, y0: Double
    }

    /// The inverse map for an image of `size`.
    package func inverseMap(for size: ImageSize) -> InverseMap {
        let (sine, cosine) = sineAndCosine(degrees: rotation)
        let (shearSine, shearCosine) = sineAndCosine(degrees: shear)
        let slant = shearSine / shearCosine
        // With y downwards, a counter-clockwise rotation is [c s; -s c]; its inverse is the transpose. The
        // shear is [1 slant; 0 1] and is undone last.
        let (xx, xy, yx, yy) = (
            cosine / scale - slant * sine / scale, -sine / scale - slant * cosine / scale,
            sine / scale, cosine / scale
        )
        let (cx, cy) = (Double(size.width - 1) / 2, Double(size.height - 1) / 2)
        let (dx, dy) = (cx + shiftX, cy + shiftY)
        return InverseMap(
            xx: xx, xy: xy, yx: yx, yy: yy, x0: cx - xx * dx - xy * dy, y0: cy - yx * dx - yy * dy)
    }
}

/// Applies affine changes to gray images of one size, reusing one scratch buffer.
package struct AffineSampler: ~Copyable {
    package let size: ImageSize
    /// The image inside a frame of its background: (width+3) x (height+3) pixels.
    private let padded: UnsafeMutablePointer<UInt8>
    /// Off only in tests, which compare the vector code with the plain loop.
    var useVectors = true

    package init(size: ImageSize) {
        self.size = size
        let bytes = (size.width + 3) * (size.height + 3) + 8
        padded = .allocate(capacity: bytes)
        padded.initialize(repeating: 0, count: bytes)
    }

    deinit { padded.deallocate() }

    /// Writes `source` (row-major gray, `size`), changed by `parameters`, to `target`.
    package func apply(
        _ parameters: AffineParameters, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(source.count == size.area && target.count == size.area)
        frame(source)
        let map = parameters.inverseMap(for: size)
        func fixed(_ value: Double) -> Double { (value * 65536).rounded() }
        let fixedMap = kernels_affine(
            xx: Int32(fixed(map.xx)), xy: Int32(fixed(map.xy)), yx: Int32(fixed(map.yx)),
            yy: Int32(fixed(map.yy)), x0: Int64(fixed(map.x0)), y0: Int64(fixed(map.y0)))
        kernels_affine_bilinear(
            padded, Int32(size.width), Int32(size.height), fixedMap, useVectors ? 1 : 0, target.baseAddress)
    }

    private func frame(_ source: UnsafeBufferPointer<UInt8>) {
        let background = borderMedian(source, size: size)
        let stride = size.width + 3
        padded.initialize(repeating: background, count: stride * (size.height + 3))
        guard let base = source.baseAddress else { return }
        for y in 0..<size.height {
            (padded + (y + 1) * stride + 1).update(from: base + y * size.width, count: size.width)
        }
    }
}
