// Converts colour to gray and CMYK to RGB with Pillow's arithmetic.

#include "CKernels.h"
#include "clones.h"

AVX2_CLONES
void kernels_gray_from_rgb(const uint8_t *restrict rgb, uint8_t *restrict gray, size_t count) {
    for (size_t i = 0; i < count; i++) {
        // BT.601 luma in 16-bit fixed point, rounded: Pillow's L24 macro.
        uint32_t sum = 19595u * rgb[3 * i] + 38470u * rgb[3 * i + 1] + 7471u * rgb[3 * i + 2];
        gray[i] = (uint8_t)((sum + 0x8000u) >> 16);
    }
}

// a*b/255, rounded: Pillow's MULDIV255.
static inline int32_t multiply_255(int32_t a, int32_t b) {
    int32_t t = a * b + 128;
    return ((t >> 8) + t) >> 8;
}

void kernels_rgb_from_inverted_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int32_t light = cmyk[4 * i + 3];
        for (int c = 0; c < 3; c++) {
            int32_t value = light - multiply_255(255 - cmyk[4 * i + c], light);
            rgb[3 * i + c] = (uint8_t)(value < 0 ? 0 : value);
        }
    }
}
