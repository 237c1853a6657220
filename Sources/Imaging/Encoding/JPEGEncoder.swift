// JPEG encoding with libjpeg, through the C writer in CKernels, for synthetic archives.

internal import CKernels
package import Dataset

/// Writes JPEGs; keeps no state between them.
package struct JPEGEncoder {
    package init() {}

    /// A baseline 4:2:0 JPEG of an RGB image (row-major, interleaved), `quality` 1...100.
    package func encode(rgb: [UInt8], size: ImageSize, quality: Int) throws(ImageError) -> [UInt8] {
        precondition(rgb.count == size.area * 3)
        let (width, height) = (UInt32(size.width), UInt32(size.height))
        let bound = kernels_jpeg_write_bound(width, height)
        let bytes = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = kernels_jpeg_write(rgb, width, height, Int32(quality), buffer.baseAddress, bound)
        }
        guard !bytes.isEmpty else { throw .unusable("a JPEG cannot hold \(size) pixels") }
        return bytes.withUnsafeBufferPointer { Array($0) }  // a copy without spare capacity
    }
}
