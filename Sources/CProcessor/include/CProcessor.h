// Which vectors of the processor are used: the choice that all kernels share.

#ifndef PREP_CPROCESSOR_H
#define PREP_CPROCESSOR_H

/// Whether the processor has AVX2 and FMA.
int processor_has_avx2(void);

/// Whether the processor has AVX-512 (F, BW, DQ and VL), and the environment variable PREP_CPU is not `avx2`, with which
/// tests and benchmarks run what older processors run.
int processor_has_avx512(void);

#endif
