// The interface of every step between decoding and staging: a value that changes whole images.

internal import Dataset

/// A step of the pipeline. Stages are called once per image, never per pixel.
package protocol Stage: Sendable {
    /// Replaces `image` with its result. Uses the buffers of `workspace` and notes there what was done.
    func apply(to image: inout PixelBuffer, workspace: inout Workspace)
}

/// Buffers and tables that a worker lends to its stages and reuses.
package struct Workspace: ~Copyable {
    var spare = PixelBuffer()
    /// A gray copy of a colour image, for measures.
    var gray = PixelBuffer()
    var weights = ResizeWeightsCache()
    var ink = InkMap()
    /// What stages did to the current image but not to every image.
    package var operations: ImageOperations = []

    package init() {}

    /// Frees the memory of a huge image, so that it is not kept for the rest of the preparation.
    package mutating func trim() {
        spare.shrink(to: PixelBuffer.keptBytes)
        gray.shrink(to: PixelBuffer.keptBytes)
        if ink.labels.count > PixelBuffer.keptBytes / 4 { ink = InkMap() }
    }
}

/// What was done to one image but not to all.
package struct ImageOperations: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Turned upright by its EXIF or XMP orientation.
    package static let oriented = ImageOperations(rawValue: 1)
    /// Levels inverted, by `--polarity` or `--fit mnist`.
    package static let inverted = ImageOperations(rawValue: 2)
    /// Taken from the first of several frames or pages.
    package static let firstFrame = ImageOperations(rawValue: 4)

    /// The names joined by `+`, in the order of the operations; empty if nothing was done.
    package var text: String {
        var names: [String] = []
        if contains(.firstFrame) { names.append("first-frame") }
        if contains(.oriented) { names.append("oriented") }
        if contains(.inverted) { names.append("inverted") }
        return names.joined(separator: "+")
    }
}
