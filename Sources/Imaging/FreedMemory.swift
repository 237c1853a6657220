// Giving memory back between the steps of a long job.

internal import CKernels

/// Returns freed memory to the system. The directory of a large archive is hundreds of thousands of
/// small blocks, which glibc otherwise keeps for itself once they are freed.
public func returnFreedMemory() { kernels_return_freed_memory() }
