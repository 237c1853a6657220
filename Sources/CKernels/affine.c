// Bilinear sampling of an image under an affine map, in fixed point.

#include "affine.h"
#include "sampling.h"

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

size_t kernels_frame_bytes(int32_t width, int32_t height, int32_t channels) {
    size_t bytes = (size_t)(frame_stride(width, channels) * (height + 2) + (int64_t)width * channels) + 16;
#if defined(__x86_64__)
    size_t rows = channels == 1 ? affine_rows_bytes(width, height) : 0;
    if (rows > bytes) return rows;
#endif
    return bytes;
}

// Whether no step of a map is as long as `pixels`.
static int steps_within(kernels_affine map, int32_t pixels) {
    const int32_t step = pixels << 16;
    return abs(map.xx) < step && abs(map.xy) < step && abs(map.yx) < step && abs(map.yy) < step;
}

void kernels_affine_bilinear(const uint8_t *image, int32_t width, int32_t height, int32_t channels,
                             const uint8_t *levels, kernels_affine map, kernels_vectors vectors, uint8_t *framed,
                             uint8_t *out) {
#if defined(__x86_64__)
    // 16.16 positions in images up to 1024 pixels fit into 32 bits if no step is longer than eight pixels.
    const int32_t reach = 8192 << 16;
    int fits = width >= 8 && width <= 1024 && height <= 1024 && llabs(map.x0) < reach && llabs(map.y0) < reach;
    if (vectors >= KERNELS_AVX512 && fits && channels == 1 && width >= 16 && steps_within(map, 2) && has_rows()) {
        affine_rows(image, width, height, *levels, map, framed, out);
        return;
    }
#endif
    kernels_frame(image, width, height, channels, levels, framed);
#if defined(__x86_64__)
    if (vectors >= KERNELS_AVX2 && fits && steps_within(map, 8) && __builtin_cpu_supports("avx2")) {
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
