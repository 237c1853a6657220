// The affine sampling of a processor that finds any of 64 bytes in a register at once.

#ifndef PREP_AFFINE_H
#define PREP_AFFINE_H

#include "CKernels.h"
#include "CProcessor.h"
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define ROWS_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))

static inline int has_rows(void) {
    return processor_has_avx512() && __builtin_cpu_supports("avx512vbmi");
}

// Samples a gray image with `level` around it; 16 to 1024 pixels a row. Positions must fit into 32 bits, and no step is
// as long as two pixels. `framed` has room for affine_rows_bytes.
ROWS_TARGET void affine_rows(const uint8_t *image, int32_t width, int32_t height, uint8_t level, kernels_affine map,
                             uint8_t *framed, uint8_t *out);

// The bytes of its frame.
size_t affine_rows_bytes(int32_t width, int32_t height);
#endif
#endif
