// Bilinear sampling of an image under an affine map, in fixed point.

#include "CKernels.h"
#include <stdlib.h>
#include <string.h>

static inline int64_t limit(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

// The plain loop, for any size and map. The vector version below uses the same bounds and weights.
static void bilinear(const uint8_t *padded, int32_t width, int32_t height, int32_t channels,
                     kernels_affine map, uint8_t *out) {
    const int64_t stride = ((int64_t)width + 3) * channels;
    // One pixel outside the image there is only background, as there is farther out, so positions can be
    // clamped to one pixel outside.
    // In 64 bits, because sides have up to 65,536 pixels.
    const int64_t low = -65536, right = (int64_t)width << 16, bottom = (int64_t)height << 16;
    const uint8_t *origin = padded + stride + channels;
    for (int32_t oy = 0; oy < height; oy++) {
        int64_t row_x = map.x0 + (int64_t)map.xy * oy;
        int64_t row_y = map.y0 + (int64_t)map.yy * oy;
        for (int32_t ox = 0; ox < width; ox++) {
            int64_t x = limit(row_x + (int64_t)map.xx * ox, low, right);
            int64_t y = limit(row_y + (int64_t)map.yx * ox, low, bottom);
            const uint8_t *cell = origin + (y >> 16) * stride + (x >> 16) * channels;
            // 12-bit fractions: 255 * 2^24 plus half for rounding just fits into 32 bits.
            uint32_t fx = (uint32_t)(x & 0xFFFF) >> 4, fy = (uint32_t)(y & 0xFFFF) >> 4;
            for (int32_t channel = 0; channel < channels; channel++, cell++) {
                uint32_t top = cell[0] * (4096 - fx) + cell[channels] * fx;
                uint32_t below = cell[stride] * (4096 - fx) + cell[stride + channels] * fx;
                *out++ = (uint8_t)((top * (4096 - fy) + below * fy + (1u << 23)) >> 24);
            }
        }
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

// Pairs of 12-bit weights (4096 - f, f) as 16-bit halves, for the multiply-add with pairs of pixels.
__attribute__((target("avx2"))) static inline __m256i weight_pairs(__m256i fraction) {
    __m256i rest = _mm256_sub_epi32(_mm256_set1_epi32(4096), fraction);
    return _mm256_or_si256(rest, _mm256_slli_epi32(fraction, 16));
}

// The weighted sum of two neighbouring pixels, for eight cells: 20 bits each.
__attribute__((target("avx2"))) static inline __m256i
row_sums(const uint8_t *origin, __m256i cells, __m256i weights) {
    __m256i bytes = _mm256_i32gather_epi32((const int *)origin, cells, 1);
    const __m256i spread = _mm256_setr_epi8(
        0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1,
        0, -1, 1, -1, 4, -1, 5, -1, 8, -1, 9, -1, 12, -1, 13, -1);
    return _mm256_madd_epi16(_mm256_shuffle_epi8(bytes, spread), weights);
}

// Eight pixels at a time, for widths of eight and more. Positions must fit into 32 bits.
__attribute__((target("avx2"))) static void
bilinear_avx2(const uint8_t *padded, int32_t width, int32_t height, kernels_affine map, uint8_t *out) {
    const int32_t stride = width + 3;
    const uint8_t *origin = padded + stride + 1;
    const __m256i low = _mm256_set1_epi32(-65536), fraction = _mm256_set1_epi32(0xFFFF);
    const __m256i right = _mm256_set1_epi32(width << 16), bottom = _mm256_set1_epi32(height << 16);
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i step_x = _mm256_mullo_epi32(lanes, _mm256_set1_epi32(map.xx));
    const __m256i step_y = _mm256_mullo_epi32(lanes, _mm256_set1_epi32(map.yx));
    for (int32_t oy = 0; oy < height; oy++) {
        int32_t row_x = (int32_t)map.x0 + map.xy * oy, row_y = (int32_t)map.y0 + map.yy * oy;
        for (int32_t column = 0; column < width; column += 8) {
            // The last eight end at the last column, even if some are computed twice.
            int32_t ox = column + 8 <= width ? column : width - 8;
            __m256i x = _mm256_add_epi32(_mm256_set1_epi32(row_x + map.xx * ox), step_x);
            __m256i y = _mm256_add_epi32(_mm256_set1_epi32(row_y + map.yx * ox), step_y);
            x = _mm256_min_epi32(_mm256_max_epi32(x, low), right);
            y = _mm256_min_epi32(_mm256_max_epi32(y, low), bottom);
            __m256i cells = _mm256_add_epi32(
                _mm256_mullo_epi32(_mm256_srai_epi32(y, 16), _mm256_set1_epi32(stride)),
                _mm256_srai_epi32(x, 16));
            __m256i weights = weight_pairs(_mm256_srli_epi32(_mm256_and_si256(x, fraction), 4));
            __m256i fy = _mm256_srli_epi32(_mm256_and_si256(y, fraction), 4);
            __m256i top = row_sums(origin, cells, weights);
            __m256i below = row_sums(origin + stride, cells, weights);
            __m256i sum = _mm256_add_epi32(
                _mm256_mullo_epi32(top, _mm256_sub_epi32(_mm256_set1_epi32(4096), fy)),
                _mm256_mullo_epi32(below, fy));
            sum = _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << 23)), 24);
            __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
            _mm_storel_epi64((__m128i *)(out + (size_t)oy * width + ox), _mm_packus_epi16(words, words));
        }
    }
}

// The positions of eight neighbouring pixels of a row, as cells (bytes from the origin) and 12-bit fractions.
typedef struct {
    __m256i cells, fx, fy;
} positions;

__attribute__((target("avx2"))) static inline positions
locate(__m256i x, __m256i y, int32_t width, int32_t height, int32_t stride, int32_t channels) {
    const __m256i low = _mm256_set1_epi32(-65536), fraction = _mm256_set1_epi32(0xFFFF);
    x = _mm256_min_epi32(_mm256_max_epi32(x, low), _mm256_set1_epi32(width << 16));
    y = _mm256_min_epi32(_mm256_max_epi32(y, low), _mm256_set1_epi32(height << 16));
    return (positions){
        _mm256_add_epi32(_mm256_mullo_epi32(_mm256_srai_epi32(y, 16), _mm256_set1_epi32(stride)),
                         _mm256_mullo_epi32(_mm256_srai_epi32(x, 16), _mm256_set1_epi32(channels))),
        _mm256_srli_epi32(_mm256_and_si256(x, fraction), 4),
        _mm256_srli_epi32(_mm256_and_si256(y, fraction), 4),
    };
}

// Two neighbouring pixels of one cell in the low half and of another in the high half, each channel's two next to each
// other as 16-bit numbers.
__attribute__((target("avx2"))) static inline __m256i cell_pairs(const uint8_t *a, const uint8_t *b) {
    const __m256i spread = _mm256_setr_epi8(
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
    __m256i bytes = _mm256_castsi128_si256(_mm_loadl_epi64((const __m128i *)a));
    bytes = _mm256_inserti128_si256(bytes, _mm_loadl_epi64((const __m128i *)b), 1);
    return _mm256_shuffle_epi8(bytes, spread);
}

// Red, green and blue of eight pixels, in 24 bytes; writes 28.
__attribute__((target("avx2"))) static inline void
sample_rgb(const uint8_t *origin, int32_t stride, positions at, uint8_t *out) {
    int32_t cells[8] __attribute__((aligned(32)));
    _mm256_store_si256((__m256i *)cells, at.cells);
    __m256i weights = weight_pairs(at.fx), sums[4];
    for (int32_t pair = 0; pair < 4; pair++) {
        const uint8_t *a = origin + cells[2 * pair], *b = origin + cells[2 * pair + 1];
        const __m256i lanes = _mm256_add_epi32(_mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1), _mm256_set1_epi32(2 * pair));
        __m256i wx = _mm256_permutevar8x32_epi32(weights, lanes), fy = _mm256_permutevar8x32_epi32(at.fy, lanes);
        __m256i top = _mm256_madd_epi16(cell_pairs(a, b), wx);
        __m256i below = _mm256_madd_epi16(cell_pairs(a + stride, b + stride), wx);
        __m256i sum = _mm256_add_epi32(_mm256_mullo_epi32(top, _mm256_sub_epi32(_mm256_set1_epi32(4096), fy)),
                                       _mm256_mullo_epi32(below, fy));
        sums[pair] = _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << 23)), 24);
    }
    // Pixels 0 2 4 6 in the low half and 1 3 5 7 in the high half, four bytes each.
    __m256i bytes = _mm256_packus_epi16(_mm256_packus_epi32(sums[0], sums[1]), _mm256_packus_epi32(sums[2], sums[3]));
    bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    const __m256i squeeze = _mm256_setr_epi8(
        0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1,
        0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    bytes = _mm256_shuffle_epi8(bytes, squeeze);
    _mm_storeu_si128((__m128i *)out, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(out + 12), _mm256_extracti128_si256(bytes, 1));
}

// As bilinear_avx2, for red, green and blue.
__attribute__((target("avx2"))) static void
bilinear_rgb_avx2(const uint8_t *padded, int32_t width, int32_t height, kernels_affine map, uint8_t *out) {
    const int32_t stride = (width + 3) * 3;
    const uint8_t *origin = padded + stride + 3;
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i step_x = _mm256_mullo_epi32(lanes, _mm256_set1_epi32(map.xx));
    const __m256i step_y = _mm256_mullo_epi32(lanes, _mm256_set1_epi32(map.yx));
    for (int32_t oy = 0; oy < height; oy++) {
        int32_t row_x = (int32_t)map.x0 + map.xy * oy, row_y = (int32_t)map.y0 + map.yy * oy;
        for (int32_t column = 0; column < width; column += 8) {
            int32_t ox = column + 8 <= width ? column : width - 8;
            positions at = locate(_mm256_add_epi32(_mm256_set1_epi32(row_x + map.xx * ox), step_x),
                                  _mm256_add_epi32(_mm256_set1_epi32(row_y + map.yx * ox), step_y),
                                  width, height, stride, 3);
            uint8_t *target = out + ((size_t)oy * width + ox) * 3;
            if (ox + 10 <= width) {
                // The four bytes too many are those of the next two pixels, which follow.
                sample_rgb(origin, stride, at, target);
            } else {
                uint8_t last[28];
                sample_rgb(origin, stride, at, last);
                memcpy(target, last, 24);
            }
        }
    }
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
            bilinear_avx2(padded, width, height, map, out);
        } else {
            bilinear_rgb_avx2(padded, width, height, map, out);
        }
        return;
    }
#endif
    bilinear(padded, width, height, channels, map, out);
}
