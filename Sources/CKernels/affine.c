// Bilinear sampling of an image under an affine map, in fixed point.

#include "CKernels.h"
#include "sampling.h"
#include <stdlib.h>

// The plain loop, for any size and map.
static void bilinear(const uint8_t *padded, int32_t width, int32_t height, int32_t channels,
                     kernels_affine map, uint8_t *out) {
    const int64_t stride = ((int64_t)width + 3) * channels;
    const uint8_t *origin = padded + stride + channels;
    for (int32_t oy = 0; oy < height; oy++) {
        int64_t row_x = map.x0 + (int64_t)map.xy * oy;
        int64_t row_y = map.y0 + (int64_t)map.yy * oy;
        for (int32_t ox = 0; ox < width; ox++, out += channels) {
            sample(origin, stride, width, height, channels, row_x + (int64_t)map.xx * ox,
                   row_y + (int64_t)map.yx * ox, out);
        }
    }
}

#if defined(__x86_64__)
// Eight pixels at a time, for widths of eight and more. Positions must fit into 32 bits.
__attribute__((target("avx2"))) static inline void
bilinear_avx2(const uint8_t *padded, int32_t width, int32_t height, int32_t channels, kernels_affine map,
              uint8_t *out) {
    const int32_t stride = (width + 3) * channels;
    const uint8_t *origin = padded + stride + channels;
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i step_x = _mm256_mullo_epi32(lanes, _mm256_set1_epi32(map.xx));
    const __m256i step_y = _mm256_mullo_epi32(lanes, _mm256_set1_epi32(map.yx));
    for (int32_t oy = 0; oy < height; oy++) {
        int32_t row_x = (int32_t)map.x0 + map.xy * oy, row_y = (int32_t)map.y0 + map.yy * oy;
        uint8_t *row = out + (size_t)oy * width * channels;
        for (int32_t column = 0; column < width; column += 8) {
            // The last eight end at the last column, even if some are computed twice.
            int32_t ox = column + 8 <= width ? column : width - 8;
            __m256i x = _mm256_add_epi32(_mm256_set1_epi32(row_x + map.xx * ox), step_x);
            __m256i y = _mm256_add_epi32(_mm256_set1_epi32(row_y + map.yx * ox), step_y);
            positions at = locate(x, y, width, height, stride, channels);
            sample_eight(origin, stride, width, channels, &at, ox, row);
        }
    }
}

// The same, compiled for each number of channels.
__attribute__((target("avx2"))) static void
bilinear_gray_avx2(const uint8_t *padded, int32_t width, int32_t height, kernels_affine map, uint8_t *out) {
    bilinear_avx2(padded, width, height, 1, map, out);
}

__attribute__((target("avx2"))) static void
bilinear_rgb_avx2(const uint8_t *padded, int32_t width, int32_t height, kernels_affine map, uint8_t *out) {
    bilinear_avx2(padded, width, height, 3, map, out);
}
#endif

void kernels_affine_bilinear(const uint8_t *padded, int32_t width, int32_t height, int32_t channels,
                             kernels_affine map, int use_vectors, uint8_t *out) {
#if defined(__x86_64__)
    // 16.16 positions in images up to 1024 pixels fit into 32 bits if no step is longer than eight pixels.
    const int32_t step = 8 << 16, reach = 8192 << 16;
    int fits = width >= 8 && width <= 1024 && height <= 1024 && abs(map.xx) < step && abs(map.xy) < step &&
               abs(map.yx) < step && abs(map.yy) < step && llabs(map.x0) < reach && llabs(map.y0) < reach;
    if (use_vectors && fits && __builtin_cpu_supports("avx2")) {
        if (channels == 1) {
            bilinear_gray_avx2(padded, width, height, map, out);
        } else {
            bilinear_rgb_avx2(padded, width, height, map, out);
        }
        return;
    }
#endif
    bilinear(padded, width, height, channels, map, out);
}
