// Mirrors images left and right.

#include "CKernels.h"
#include "clones.h"

AVX2_CLONES
static void flip_gray(const uint8_t *in, int32_t width, int32_t height, uint8_t *out) {
    for (int32_t y = 0; y < height; y++) {
        const uint8_t *row = in + (size_t)y * width;
        uint8_t *target = out + (size_t)y * width;
        for (int32_t x = 0; x < width; x++) target[x] = row[width - 1 - x];
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

// Mirrors the first pixels of a row by five, in 16 bytes, and returns how many. The byte before five pixels is read with
// them, and a byte after them is written, so this ends where there is no such pixel.
__attribute__((target("avx2"))) static int32_t flip_fives(const uint8_t *row, int32_t width, uint8_t *out) {
    const __m128i order = _mm_setr_epi8(13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, -1);
    int32_t x = 0;
    for (; x + 6 <= width; x += 5) {
        __m128i pixels = _mm_loadu_si128((const __m128i *)(row + 3 * (width - 5 - x) - 1));
        _mm_storeu_si128((__m128i *)(out + 3 * x), _mm_shuffle_epi8(pixels, order));
    }
    return x;
}
#endif

static void flip_rgb(const uint8_t *in, int32_t width, int32_t height, uint8_t *out) {
#if defined(__x86_64__)
    int vectors = __builtin_cpu_supports("avx2");
#endif
    for (int32_t y = 0; y < height; y++) {
        const uint8_t *row = in + (size_t)y * width * 3;
        uint8_t *target = out + (size_t)y * width * 3;
        int32_t x = 0;
#if defined(__x86_64__)
        if (vectors) x = flip_fives(row, width, target);
#endif
        for (; x < width; x++) {
            const uint8_t *pixel = row + 3 * (width - 1 - x);
            for (int32_t channel = 0; channel < 3; channel++) target[3 * x + channel] = pixel[channel];
        }
    }
}

void kernels_flip(const uint8_t *in, int32_t width, int32_t height, int32_t channels, uint8_t *out) {
    if (channels == 1) {
        flip_gray(in, width, height, out);
    } else {
        flip_rgb(in, width, height, out);
    }
}
