// How a thread has to be set up before it computes.

internal import CConvolution
internal import CTensor

/// Makes oneDNN compute on the calling thread alone, and numbers too small to matter be zero. Cheap enough to be
/// called for each task; all threads must do it, or results would depend on which one computes.
func enterComputingThread() {
    convolution_use_one_thread()
    tensor_flush_denormals()
}
