// How a thread has to be set up before it computes.

internal import CTensor

/// Makes numbers too small to matter be zero. Cheap enough to be called for each task; all threads must do it, or
/// results would depend on which one computes.
func enterComputingThread() {
    tensor_flush_denormals()
}
