// What every step between decoding and staging is: a value that changes a whole image.

internal import Dataset

/// A step of the pipeline. Stages are called once per image, never per pixel.
public protocol Stage: Sendable {
    /// The shape of the result for an input of this shape.
    func shape(after input: ImageShape) -> ImageShape

    /// Replaces `image` by its result, using `workspace` for buffers and to note what was done.
    func apply(to image: inout PixelBuffer, workspace: inout Workspace)
}

/// What a worker lends to the stages it runs: spare buffers and tables that are reused.
public struct Workspace: ~Copyable {
    var spare = PixelBuffer()
    var weights = ResizeWeightsCache()
    var ink = InkMap()
    /// What stages did to the current image beyond what every image undergoes.
    public var operations: ImageOperations = []

    public init() {}

    /// Keeps one huge image from costing its size for the rest of the run.
    public mutating func trim() {
        spare.shrink(to: 8 << 20)
    }
}

/// What was done to one image that was not done to all.
public struct ImageOperations: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Turned upright as its EXIF orientation says.
    public static let oriented = ImageOperations(rawValue: 1)
    /// Levels inverted by `--polarity`.
    public static let inverted = ImageOperations(rawValue: 2)

    /// The names joined by `+`, in the order in which they happen; empty if nothing was done.
    public var text: String {
        var names: [String] = []
        if contains(.oriented) { names.append("oriented") }
        if contains(.inverted) { names.append("inverted") }
        return names.joined(separator: "+")
    }
}
