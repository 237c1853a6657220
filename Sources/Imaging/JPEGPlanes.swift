// The three planes of a 4:2:0 JPEG on their way to gray.

internal import CKernels
internal import CTurboJPEG
internal import Dataset

/// Reused buffers for luma and halved chroma, and their conversion.
struct JPEGPlanes {
    private var luma: [UInt8] = []
    private var blue: [UInt8] = []
    private var red: [UInt8] = []
    private var sums: [Int16] = []
    private var lumaStride = 0
    private var chromaStride = 0

    /// Decodes into the planes; returns TurboJPEG's status.
    mutating func decompress(
        _ handle: tjhandle, _ bytes: UnsafeRawBufferPointer, _ size: ImageSize, _ flags: Int32
    ) -> Int32 {
        prepare(size)
        let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return luma.withUnsafeMutableBufferPointer { luma in
            blue.withUnsafeMutableBufferPointer { blue in
                red.withUnsafeMutableBufferPointer { red in
                    var planes = [luma.baseAddress, blue.baseAddress, red.baseAddress]
                    var strides = [Int32(lumaStride), Int32(chromaStride), Int32(chromaStride)]
                    return tjDecompressToYUVPlanes(
                        handle, base, UInt(bytes.count), &planes, Int32(size.width), &strides,
                        Int32(size.height), flags)
                }
            }
        }
    }

    /// Upsamples, converts to RGB and to gray; `image` becomes one channel of `size`.
    mutating func convertToGray(_ size: ImageSize, into image: inout PixelBuffer, vectors: Bool) {
        image.reshape(ImageShape(size: size, channels: 1))
        let output = image.mutableBytes.baseAddress
        sums.withUnsafeMutableBufferPointer { sums in
            kernels_gray_from_420(
                luma, Int32(lumaStride), blue, red, Int32(chromaStride), Int32(size.width),
                Int32(size.height), sums.baseAddress, vectors ? 1 : 0, output)
        }
    }

    private mutating func prepare(_ size: ImageSize) {
        lumaStride = (size.width + 31) / 32 * 32
        chromaStride = lumaStride / 2
        let rows = (size.height + 1) / 2
        func grow(_ buffer: inout [UInt8], to count: Int) {
            if buffer.count < count { buffer = Array(repeating: 0, count: count) }
        }
        grow(&luma, to: lumaStride * rows * 2 + 32)
        grow(&blue, to: chromaStride * rows + 32)
        grow(&red, to: chromaStride * rows + 32)
        let scratch = 2 * size.width + 192
        if sums.count < scratch { sums = Array(repeating: 0, count: scratch) }
    }
}
