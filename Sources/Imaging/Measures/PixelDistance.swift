// The distance of two images.

internal import CKernels

/// The sum of squared pixel differences of two images of equal size; above `limit`, some number above it.
package func squaredDistance(
    _ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>, limit: Int = .max
) -> Int {
    precondition(a.count == b.count)
    guard let x = a.baseAddress, let y = b.baseAddress else { return 0 }
    return Int(kernels_squared_distance(x, y, a.count, UInt64(limit)))
}
