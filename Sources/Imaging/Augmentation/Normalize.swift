// Converts gray levels to the floats that a network takes.

internal import CKernels

/// Writes (x/255 - mean) / deviation for every pixel, where `deviation` is the standard deviation. Each step is
/// rounded to Float, as in PyTorch; mean 0 and deviation 1 give x/255.
package func normalize(
    _ pixels: UnsafeBufferPointer<UInt8>, mean: Float, deviation: Float,
    into output: UnsafeMutablePointer<Float>
) {
    if mean == 0, deviation == 1 {
        kernels_scale(pixels.baseAddress, pixels.count, output)
    } else {
        kernels_normalize(pixels.baseAddress, pixels.count, mean, deviation, output)
    }
}
