// The floating-point mode of threads while they compute.

internal import CTensor

/// Runs `body` with denormal numbers treated as zero, then restores the thread's mode, because the thread may be the
/// caller's. This is cheap enough for each task. All threads must do it, or results would depend on which one computes.
func withoutDenormals<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    let mode = tensor_flush_denormals()
    defer { tensor_restore_denormals(mode) }
    return try body()
}
