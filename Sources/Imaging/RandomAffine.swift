// Augmentation: a random rotation, shift, scale and shear of a prepared gray image.

internal import CKernels
public import Dataset

/// How far an augmented copy may stray from its original. Each parameter is drawn uniformly.
///
/// Positions are pixels with y downwards; the centre of the image stays the centre of the rotation.
/// Sampling is bilinear; what comes from outside is the image's own background level.
/// No flips: they change what a digit or letter is.
public struct RandomAffine: Sendable, Equatable, Codable {
    /// Degrees, drawn from -rotation ... rotation; positive turns counter-clockwise.
    public var rotation: Double
    /// Pixels, drawn for each axis from -shift ... shift.
    public var shift: Double
    /// Relative, drawn from 1-scale ... 1+scale.
    public var scale: Double
    /// Degrees of a horizontal shear, drawn from -shear ... shear.
    public var shear: Double

    public init(rotation: Double = 0, shift: Double = 0, scale: Double = 0, shear: Double = 0) {
        self.rotation = rotation
        self.shift = shift
        self.scale = scale
        self.shear = shear
    }

    /// One draw. Always consumes five numbers in the same order, so that enabling one parameter
    /// does not change the others.
    public func draw(_ random: inout SeededRandom) -> AffineParameters {
        AffineParameters(
            rotation: random.symmetric(rotation), shiftX: random.symmetric(shift),
            shiftY: random.symmetric(shift), scale: 1 + random.symmetric(scale),
            shear: random.symmetric(shear))
    }
}

/// One concrete affine change: shear, then scale, then rotation about the centre, then shift.
public struct AffineParameters: Sendable, Equatable {
    public var rotation, shiftX, shiftY, scale, shear: Double

    public init(
        rotation: Double = 0, shiftX: Double = 0, shiftY: Double = 0, scale: Double = 1, shear: Double = 0
    ) {
        self.rotation = rotation
        self.shiftX = shiftX
        self.shiftY = shiftY
        self.scale = scale
        self.shear = shear
    }

    /// The map from output to source positions: in = centre + M⁻¹ (out - centre - shift).
    public struct InverseMap: Sendable {
        /// Row-major 2x2 matrix and offset, in pixels.
        public let xx, xy, yx, yy, x0, y0: Double
    }

    /// The inverse map for an image of `size`.
    public func inverseMap(for size: ImageSize) -> InverseMap {
        let (sine, cosine) = sineAndCosine(degrees: rotation)
        let (shearSine, shearCosine) = sineAndCosine(degrees: shear)
        let slant = shearSine / shearCosine
        // With y downwards, counter-clockwise is [c s; -s c]; its inverse is the transpose. The
        // shear is [1 slant; 0 1], undone last.
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

/// Applies affine changes to gray images of one size, reusing its scratch.
public struct AffineSampler: ~Copyable {
    public let size: ImageSize
    /// The image inside a frame of its background: (width+3) x (height+3).
    private let padded: UnsafeMutablePointer<UInt8>
    /// Off only in tests, which compare with the plain loop.
    var useVectors = true

    public init(size: ImageSize) {
        self.size = size
        let bytes = (size.width + 3) * (size.height + 3) + 8
        padded = .allocate(capacity: bytes)
        padded.initialize(repeating: 0, count: bytes)
    }

    deinit { padded.deallocate() }

    /// Writes `source` (row-major gray, `size`) under `parameters` to `target`.
    public func apply(
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

/// Sine and cosine of an angle in degrees by Taylor series on ±45°, where eight terms reach the last bit.
/// The C library's differ between versions; augmented pixels must not.
package func sineAndCosine(degrees: Double) -> (sine: Double, cosine: Double) {
    let turns = (degrees / 90).rounded()
    let x = (degrees - turns * 90) * (Double.pi / 180)
    let square = x * x
    var (sine, cosine) = (0.0, 0.0)
    for term in stride(from: 8, through: 1, by: -1) {
        let n = Double(2 * term)
        sine = -(square / (n * (n + 1))) * (1 + sine)
        cosine = -(square / (n * (n - 1))) * (1 + cosine)
    }
    sine = x * (1 + sine)
    cosine = 1 + cosine
    switch Int(turns) & 3 {
    case 0: return (sine, cosine)
    case 1: return (cosine, -sine)
    case 2: return (-sine, -cosine)
    default: return (-cosine, sine)
    }
}
