// Brightness and contrast.

#include "CKernels.h"
#include "clones.h"

AVX2_CLONES
void kernels_linear(const uint8_t *in, size_t count, int32_t factor, int32_t offset, uint8_t *out) {
    for (size_t i = 0; i < count; i++) {
        int32_t value = (in[i] * factor + offset) >> 16;
        value = value < 0 ? 0 : value;
        out[i] = (uint8_t)(value > 255 ? 255 : value);
    }
}

AVX2_CLONES
uint64_t kernels_sum(const uint8_t *in, size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += in[i];
    return sum;
}
