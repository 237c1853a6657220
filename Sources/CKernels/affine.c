// Bilinear sampling of an image under an affine map, in fixed point.

#include "CKernels.h"
#include "sampling.h"
#include <stdlib.h>

// The plain loop, for any size and map.
static void bilinear(const uint8_t *framed, int32_t width, int32_t height, int32_t channels,
                     kernels_affine map, uint8_t *out) {
    const int64_t stride = frame_stride(width, channels);
    const uint8_t *origin = frame_origin(framed, width, channels);
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
bilinear_avx2(const uint8_t *framed, int32_t width, int32_t height, int32_t channels, kernels_affine map,
              uint8_t *out) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i lanes_x = _mm256_mullo_epi32(lanes, _mm256_set1_epi32(map.xx));
    const __m256i lanes_y = _mm256_mullo_epi32(lanes, _mm256_set1_epi32(map.yx));
    const __m256i step_x = _mm256_set1_epi32(8 * map.xx), step_y = _mm256_set1_epi32(8 * map.yx);
    // The last eight end at the last column, even if some are computed twice.
    const int32_t last = width - 8;
    const __m256i last_x = _mm256_set1_epi32(last * map.xx), last_y = _mm256_set1_epi32(last * map.yx);
    positions at;
    for (int32_t oy = 0; oy < height; oy++, out += (size_t)width * channels) {
        const __m256i row_x = _mm256_add_epi32(lanes_x, _mm256_set1_epi32((int32_t)map.x0 + 65536 + map.xy * oy));
        const __m256i row_y = _mm256_add_epi32(lanes_y, _mm256_set1_epi32((int32_t)map.y0 + 65536 + map.yy * oy));
        __m256i x = row_x, y = row_y;
        for (int32_t column = 0; column < last; column += 8) {
            locate(x, y, width, height, channels, &at);
            sample_eight(framed, width, channels, &at, column, out);
            x = _mm256_add_epi32(x, step_x);
            y = _mm256_add_epi32(y, step_y);
        }
        locate(_mm256_add_epi32(row_x, last_x), _mm256_add_epi32(row_y, last_y), width, height, channels, &at);
        sample_eight(framed, width, channels, &at, last, out);
    }
}

// The same, compiled for each number of channels.
__attribute__((target("avx2"))) static void
bilinear_gray_avx2(const uint8_t *framed, int32_t width, int32_t height, kernels_affine map, uint8_t *out) {
    bilinear_avx2(framed, width, height, 1, map, out);
}

__attribute__((target("avx2"))) static void
bilinear_rgb_avx2(const uint8_t *framed, int32_t width, int32_t height, kernels_affine map, uint8_t *out) {
    bilinear_avx2(framed, width, height, 3, map, out);
}
#endif

void kernels_affine_bilinear(const uint8_t *framed, int32_t width, int32_t height, int32_t channels,
                             kernels_affine map, int use_vectors, uint8_t *out) {
#if defined(__x86_64__)
    // 16.16 positions in images up to 1024 pixels fit into 32 bits if no step is longer than eight pixels.
    const int32_t step = 8 << 16, reach = 8192 << 16;
    int fits = width >= 8 && width <= 1024 && height <= 1024 && abs(map.xx) < step && abs(map.xy) < step &&
               abs(map.yx) < step && abs(map.yy) < step && llabs(map.x0) < reach && llabs(map.y0) < reach;
    if (use_vectors && fits && __builtin_cpu_supports("avx2")) {
        if (channels == 1) {
            bilinear_gray_avx2(framed, width, height, map, out);
        } else {
            bilinear_rgb_avx2(framed, width, height, map, out);
        }
        return;
    }
#endif
    bilinear(framed, width, height, channels, map, out);
}
