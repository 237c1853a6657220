// Computes which part of a photo becomes the 28x28 pixels of MNIST's shape.

internal import Dataset

/// The part of a source axis that becomes the target axis. It may begin and end between pixels or outside.
struct AxisWindow: Equatable {
    /// Where the first target pixel begins, in source pixels from the outer edge of the first one.
    var origin: Double
    /// Source pixels per target pixel.
    var scale: Double
}

/// Where the ink of an image lies.
struct TracedInk: Equatable {
    /// Columns and rows that the ink covers.
    var x, y: Range<Int>
    /// Centre of mass, in pixels from the outer edge of the first column and row.
    var centerX, centerY: Double
}

/// The windows that scale the ink's box to 20 of 28 target pixels and put its centre of mass at pixel 14.
struct Placement: Equatable {
    var x, y: AxisWindow

    init(of ink: TracedInk, in source: ImageSize, to target: ImageSize) {
        let share = MNISTShape.inkShare
        let scale = max(
            Double(ink.x.count) / (Double(target.width) * share),
            Double(ink.y.count) / (Double(target.height) * share))
        x = Self.window(ink.x, center: ink.centerX, scale: scale, target.width)
        y = Self.window(ink.y, center: ink.centerY, scale: scale, target.height)
        let whole = (
            x: AxisWindow(origin: 0, scale: Double(source.width) / Double(target.width)),
            y: AxisWindow(origin: 0, scale: Double(source.height) / Double(target.height))
        )
        if Self.isNear(x, whole.x, target.width), Self.isNear(y, whole.y, target.height) { (x, y) = whole }
    }

    /// A window centred on `center`, moved as far as needed not to cut off ink.
    private static func window(_ ink: Range<Int>, center: Double, scale: Double, _ target: Int) -> AxisWindow
    {
        // “Pixel 14” of 28 counts from 0; its middle is at 14.5.
        let origin = center - (Double(target / 2) + 0.5) * scale
        let (lowest, highest) = (Double(ink.upperBound) - Double(target) * scale, Double(ink.lowerBound))
        return AxisWindow(origin: min(max(origin, lowest), highest), scale: scale)
    }

    /// Whether a window is nearly the whole image. MNIST's digits were moved by whole pixels, so their centres are up
    /// to half a pixel off; a quarter more is allowed for the scale.
    private static func isNear(_ window: AxisWindow, _ whole: AxisWindow, _ target: Int) -> Bool {
        abs(window.origin) <= 0.75 * window.scale
            && abs(whole.scale / window.scale - 1) * Double(target) < 1.5
    }
}
