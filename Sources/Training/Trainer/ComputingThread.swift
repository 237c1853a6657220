// How a thread has to be set up while it computes.

internal import CTensor

/// Runs `body` with numbers too small to matter as zero, and leaves the thread as it was: it may be the caller's, who
/// may want such numbers. Cheap enough for each task; all threads must do it, or results would depend on which one
/// computes.
func withoutDenormals<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    let mode = tensor_flush_denormals()
    defer { tensor_restore_denormals(mode) }
    return try body()
}
