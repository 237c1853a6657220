// Converts bytes to floats.

#include "CKernels.h"
#include "clones.h"

AVX2_CLONES
void kernels_scale(const uint8_t *restrict in, size_t count, float *restrict out) {
    for (size_t i = 0; i < count; i++) out[i] = (float)in[i] / 255.0f;
}

AVX2_CLONES
void kernels_normalize(const uint8_t *restrict in, size_t count, float mean, float deviation,
                       float *restrict out) {
    for (size_t i = 0; i < count; i++) out[i] = ((float)in[i] / 255.0f - mean) / deviation;
}
