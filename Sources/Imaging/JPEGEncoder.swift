// JPEG encoding over libjpeg, through the C writer in CKernels, for synthetic archives.

internal import CKernels
public import Dataset

/// Writes JPEGs; nothing is kept from one to the next.
public struct JPEGEncoder {
    public init() {}

    /// Baseline 4:2:0 JPEG of an RGB image (row-major, interleaved), `quality` 1...100.
    public func encode(rgb: [UInt8], size: ImageSize, quality: Int) throws(ImageError) -> [UInt8] {
        precondition(rgb.count == size.area * 3)
        let (width, height) = (UInt32(size.width), UInt32(size.height))
        let bound = kernels_jpeg_write_bound(width, height)
        let bytes = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = kernels_jpeg_write(rgb, width, height, Int32(quality), buffer.baseAddress, bound)
        }
        guard !bytes.isEmpty else { throw .unusable("no JPEG has \(size) pixels") }
        return bytes.withUnsafeBufferPointer { Array($0) }  // as much memory as bytes
    }
}
