// Decodes the three planes of a 4:2:0 JPEG and converts them to gray.

internal import CKernels
internal import Dataset

/// Reused buffers for luma and half-size chroma, and their conversion to gray.
struct JPEGPlanes {
    private var luma: [UInt8] = []
    private var blue: [UInt8] = []
    private var red: [UInt8] = []
    private var sums: [Int16] = []
    private var stride = 0  // bytes per row of luma; chroma rows have half as many

    /// Bytes of luma, the largest.
    var capacity: Int { luma.count }

    /// libjpeg does not upsample narrower images smoothly.
    static let leastWidth = 5

    /// Decodes the planes of an open JPEG of `size`. Ask `kernels_jpeg_error` for success.
    mutating func read(_ jpeg: OpaquePointer, _ size: ImageSize) {
        stride = (size.width + 31) / 32 * 32
        let rows = (size.height + 15) / 16 * 16
        func grow(_ buffer: inout [UInt8], to count: Int) {
            // The conversion reads up to 16 bytes past the last row.
            if buffer.count < count + 32 { buffer = Array(repeating: 0, count: count + 32) }
        }
        grow(&luma, to: stride * rows)
        grow(&blue, to: stride * rows / 4)
        grow(&red, to: stride * rows / 4)
        kernels_jpeg_read_planes(jpeg, &luma, stride, &blue, &red, rows)
    }

    /// Upsamples, converts to RGB and then to gray; `image` becomes one channel of `size`.
    mutating func convertToGray(_ size: ImageSize, into image: inout PixelBuffer, vectors: Bool) {
        image.reshape(ImageShape(size: size, channels: 1))
        let needed = 2 * size.width + 192
        if sums.count < needed { sums = Array(repeating: 0, count: needed) }
        kernels_gray_from_420(
            luma, Int32(stride), blue, red, Int32(stride / 2), Int32(size.width), Int32(size.height), &sums,
            vectors ? 1 : 0, image.mutableBytes.baseAddress)
    }
}
