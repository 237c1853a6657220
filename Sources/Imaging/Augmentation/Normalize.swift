// Converts levels to the floats that a network takes, and interleaved channels to planes.

internal import CKernels
package import Dataset

/// Writes (x/255 - mean) / deviation for every value, where `deviation` is the standard deviation. Each step is
/// rounded to Float, as in PyTorch; mean 0 and deviation 1 give x/255.
///
/// - Parameters:
///   - pixels: of one channel, or red, green and blue interleaved
///   - mean: one for all channels, or one for each; `deviation` has as many
package func normalize(
    _ pixels: UnsafeBufferPointer<UInt8>, mean: [Float], deviation: [Float],
    into output: UnsafeMutablePointer<Float>
) {
    if mean.allSatisfy({ $0 == 0 }), deviation.allSatisfy({ $0 == 1 }) {
        kernels_scale(pixels.baseAddress, pixels.count, output)
    } else if mean.count == 1 {
        kernels_normalize(pixels.baseAddress, pixels.count, mean[0], deviation[0], output)
    } else {
        precondition(mean.count == 3 && deviation.count == 3 && pixels.count % 3 == 0)
        kernels_normalize_rgb(pixels.baseAddress, pixels.count / 3, mean, deviation, output)
    }
}

/// Separates red, green and blue: HWC to CHW. Gray images are copied.
package func separateChannels(
    _ pixels: UnsafeBufferPointer<UInt8>, _ shape: ImageShape, into output: UnsafeMutablePointer<UInt8>
) {
    precondition(pixels.count == shape.byteCount && [1, 3].contains(shape.channels))
    if shape.channels == 3 {
        kernels_planes(pixels.baseAddress, shape.size.area, output)
    } else if let base = pixels.baseAddress {
        output.update(from: base, count: pixels.count)
    }
}
