// Decodes an image to upright pixels: picks the codec, checks limits, applies the orientation.

package import Dataset

/// Decodes images one after the other. Owned and reused by one worker.
package struct ImageDecoder: ~Copyable {
    private let limits: ImageLimits
    private var jpeg: JPEGDecoder
    private let wantsGray: Bool
    private let target: ImageSize?
    private var scratch = PixelBuffer()
    /// Size of the image that was decoded last, upright, before a JPEG's own scaling.
    package private(set) var sourceSize = ImageSize(width: 0, height: 0)

    /// - Parameters:
    ///   - wantsGray: whether colour images may come out as gray, with the same pixels as `Grayscale` gives; decoding a
    ///     photo is then a fifth faster
    ///   - target: JPEGs may be decoded at 1/2, 1/4 or 1/8 of their size, as long as that is not smaller than this;
    ///     `nil` for never. It saves most of the time, but averages pixels otherwise than resizing does.
    package init(
        limits: ImageLimits = ImageLimits(), wantsGray: Bool = false, target: ImageSize? = nil
    ) {
        self.limits = limits
        self.wantsGray = wantsGray
        self.target = target
        jpeg = JPEGDecoder()
    }

    /// Frees the memory of a huge image, so that it is not kept for the rest of the preparation.
    package mutating func trim() {
        scratch.shrink()
        jpeg.trim()
    }

    /// Decodes `bytes` into `image`: gray files to one channel, all others to RGB; of several frames or pages the
    /// first; 16 bits scaled to 8; transparency composited over white; turned upright by EXIF, or else by XMP. Gamma
    /// and colour profiles are ignored, as Pillow does.
    ///
    /// Only memory is reused from image to image: the result does not depend on earlier images.
    ///
    /// - Returns: whether the image had to be turned upright, and whether frames or pages were left out.
    package mutating func decode(
        _ bytes: UnsafeRawBufferPointer, into image: inout PixelBuffer
    ) throws(ImageError) -> ImageOperations {
        guard bytes.count > 0 else { throw .empty }
        let orientation: Orientation
        var stored: ImageSize?
        var operations: ImageOperations = []
        switch ImageFormat(magic: bytes) {
        case .png:
            orientation = try PNGDecoder.decode(bytes, into: &image, scratch: &scratch, limits: limits)
        case .jpeg:
            let found = try jpeg.decode(
                bytes, wantsGray: wantsGray, target: target, into: &image, scratch: &scratch, limits: limits)
            (orientation, stored) = (found.orientation, found.stored)
        case .some(let format):
            let hasMore: Bool
            (orientation, hasMore) = try FrameDecoder.decode(bytes, as: format, into: &image, limits: limits)
            if hasMore { operations.insert(.firstFrame) }
        case nil:
            throw Self.foreign(bytes)
        }
        sourceSize = orientation.upright(stored ?? image.shape.size)
        guard orientation != .upright else { return operations }
        try limits.check(memory: 2 * image.shape.byteCount, encodedBytes: bytes.count)
        orientation.makeUpright(image, into: &scratch)
        swap(&image, &scratch)
        operations.insert(.oriented)
        return operations
    }

    /// Says what `bytes` are if they are nothing that can be decoded.
    private static func foreign(_ bytes: UnsafeRawBufferPointer) -> ImageError {
        guard let format = ForeignFormat(bytes) else {
            let head = bytes.prefix(4).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            return .unsupportedFormat(found: "begins with " + head.joined(separator: " "))
        }
        guard let conversion = format.conversion else { return .unsupportedFormat(found: format.name) }
        return .foreignFormat(name: format.name, conversion: conversion)
    }
}

/// The bytes that a C function finds: `read` returns their address and writes their count to its argument.
func metadata(
    _ read: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>?
) -> UnsafeRawBufferPointer? {
    var count = 0
    return read(&count).map { UnsafeRawBufferPointer(start: $0, count: count) }
}
