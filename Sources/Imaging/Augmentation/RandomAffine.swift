// Augmentation: rotates, shifts, scales and shears a prepared image at random.

package import Dataset

/// The ranges of a random affine augmentation. Each parameter is drawn uniformly.
///
/// Rotation, scale and shear keep the centre of the image in place. Sampling is bilinear; pixels outside the image
/// have the median level of its border, in each channel.
package struct RandomAffine: Sendable, Equatable, Codable {
    /// Degrees, drawn from -rotation ... rotation; positive angles turn counter-clockwise.
    package var rotation: Double
    /// Pixels, drawn for each axis from -shift ... shift.
    package var shift: Double
    /// Relative: the scale factor is drawn from 1-scale ... 1+scale.
    package var scale: Double
    /// Angle of a horizontal shear in degrees, drawn from -shear ... shear.
    package var shear: Double

    /// A parameter of 0 changes nothing.
    package init(rotation: Double = 0, shift: Double = 0, scale: Double = 0, shear: Double = 0) {
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

extension RandomAffine: RandomOperation {
    package static let name = "affine"
    /// Degrees, pixels, a fraction of the size, degrees.
    package static let keys = [
        AugmentationKey("rotate", .number(0...180)), AugmentationKey("shift", .number(0...1024)),
        AugmentationKey("scale", .number(0...0.9)), AugmentationKey("shear", .number(0...60)),
    ]

    package init(_ texts: [String: String]) {
        func value(_ key: String) -> Double { texts[key].flatMap { Double($0) } ?? 0 }
        self.init(
            rotation: value("rotate"), shift: value("shift"), scale: value("scale"), shear: value("shear"))
    }

    package var texts: [String] { [rotation, shift, scale, shear].map { "\($0)" } }

    package func change(
        _ random: inout SeededRandom, applies: Bool, from source: UnsafeBufferPointer<UInt8>,
        to target: UnsafeMutableBufferPointer<UInt8>, in workspace: borrowing AugmentationWorkspace
    ) {
        let parameters = draw(&random)
        if applies { workspace.sampler.apply(parameters, from: source, to: target) }
    }
}

extension Augmentation.Step {
    /// Rotates, shifts, scales and shears about the centre, bilinearly. Each parameter is drawn uniformly.
    ///
    /// - Parameters:
    ///   - rotation: degrees, drawn from -rotation ... rotation, up to 180; positive angles turn counter-clockwise
    ///   - shift: pixels, drawn for each axis from -shift ... shift, up to 1024
    ///   - scale: the factor is drawn from 1-scale ... 1+scale, up to 0.9
    ///   - shear: angle of a horizontal shear in degrees, drawn from -shear ... shear, up to 60
    public static func affine(
        rotation: Double = 0, shift: Double = 0, scale: Double = 0, shear: Double = 0, probability: Double = 1
    ) -> Self {
        Self(
            RandomAffine(rotation: rotation, shift: shift, scale: scale, shear: shear),
            probability: probability)
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
