// Bilinear sampling at positions in 16.16 fixed point, for one pixel and for eight.
// An image lies inside a frame of its background; `origin` is its first pixel there, `stride` the bytes of a row.

#ifndef PREP_SAMPLING_H
#define PREP_SAMPLING_H

#include <stdint.h>
#include <string.h>

static inline int64_t limit(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

// The plain version, for any size and position. The vector versions below use the same bounds and weights.
static inline void sample(const uint8_t *origin, int64_t stride, int32_t width, int32_t height, int32_t channels,
                          int64_t x, int64_t y, uint8_t *out) {
    // One pixel outside the image there is only background, as there is farther out, so positions can be
    // clamped to one pixel outside.
    // In 64 bits, because sides have up to 65,536 pixels.
    x = limit(x, -65536, (int64_t)width << 16);
    y = limit(y, -65536, (int64_t)height << 16);
    const uint8_t *cell = origin + (y >> 16) * stride + (x >> 16) * channels;
    // 12-bit fractions: 255 * 2^24 plus half for rounding just fits into 32 bits.
    uint32_t fx = (uint32_t)(x & 0xFFFF) >> 4, fy = (uint32_t)(y & 0xFFFF) >> 4;
    for (int32_t channel = 0; channel < channels; channel++, cell++) {
        uint32_t top = cell[0] * (4096 - fx) + cell[channels] * fx;
        uint32_t below = cell[stride] * (4096 - fx) + cell[stride + channels] * fx;
        out[channel] = (uint8_t)((top * (4096 - fy) + below * fy + (1u << 23)) >> 24);
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

// Eight positions: the cells, in bytes from the origin, and the fractions as weights of 12 bits.
typedef struct {
    int32_t cells[8];
    // Pairs (4096 - f, f) as 16-bit halves, for the multiply-add with pairs of pixels.
    __m256i weights;
    __m256i fy;
} positions;

__attribute__((target("avx2"))) static inline positions
locate(__m256i x, __m256i y, int32_t width, int32_t height, int32_t stride, int32_t channels) {
    const __m256i low = _mm256_set1_epi32(-65536), fraction = _mm256_set1_epi32(0xFFFF);
    x = _mm256_min_epi32(_mm256_max_epi32(x, low), _mm256_set1_epi32(width << 16));
    y = _mm256_min_epi32(_mm256_max_epi32(y, low), _mm256_set1_epi32(height << 16));
    __m256i fx = _mm256_srli_epi32(_mm256_and_si256(x, fraction), 4);
    positions at = {
        .weights = _mm256_or_si256(_mm256_sub_epi32(_mm256_set1_epi32(4096), fx), _mm256_slli_epi32(fx, 16)),
        .fy = _mm256_srli_epi32(_mm256_and_si256(y, fraction), 4),
    };
    __m256i columns = _mm256_srai_epi32(x, 16);
    if (channels == 3) columns = _mm256_add_epi32(columns, _mm256_add_epi32(columns, columns));
    __m256i rows = _mm256_mullo_epi32(_mm256_srai_epi32(y, 16), _mm256_set1_epi32(stride));
    _mm256_storeu_si256((__m256i *)at.cells, _mm256_add_epi32(rows, columns));
    return at;
}

// top * (4096 - fy) + below * fy, rounded to eight bits.
__attribute__((target("avx2"))) static inline __m256i mix(__m256i top, __m256i below, __m256i fy) {
    __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(top, 12), _mm256_mullo_epi32(_mm256_sub_epi32(below, top), fy));
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << 23)), 24);
}

static inline int16_t gray_pair(const uint8_t *cell) {
    int16_t pair;
    memcpy(&pair, cell, 2);
    return pair;
}

// Two neighbouring gray pixels of each cell. Eight loads, because a gather takes twice the time on AMD's processors.
__attribute__((target("avx2"))) static inline __m256i gray_pairs(const uint8_t *origin, const int32_t *cells) {
    return _mm256_cvtepu8_epi16(
        _mm_setr_epi16(gray_pair(origin + cells[0]), gray_pair(origin + cells[1]), gray_pair(origin + cells[2]),
                       gray_pair(origin + cells[3]), gray_pair(origin + cells[4]), gray_pair(origin + cells[5]),
                       gray_pair(origin + cells[6]), gray_pair(origin + cells[7])));
}

// Eight gray pixels.
__attribute__((target("avx2"))) static inline void
sample_gray(const uint8_t *origin, int32_t stride, const positions *at, uint8_t *out) {
    __m256i top = _mm256_madd_epi16(gray_pairs(origin, at->cells), at->weights);
    __m256i below = _mm256_madd_epi16(gray_pairs(origin + stride, at->cells), at->weights);
    __m256i sum = mix(top, below, at->fy);
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    _mm_storel_epi64((__m128i *)out, _mm_packus_epi16(words, words));
}

// Two neighbouring pixels of cell a in the low half and of b in the high half: a channel's two are next to each other,
// as 16-bit numbers.
__attribute__((target("avx2"))) static inline __m256i rgb_pairs(const uint8_t *a, const uint8_t *b) {
    const __m256i spread = _mm256_setr_epi8(
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
        0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
    // Six bytes would do, but loads of sixteen go into both halves with fewer instructions.
    __m256i bytes = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)a));
    return _mm256_shuffle_epi8(_mm256_inserti128_si256(bytes, _mm_loadu_si128((const __m128i *)b), 1), spread);
}

// Red, green, blue and nothing of pixels `first` (0 to 3) and `first` + 4, whose weights stand in every place of a half.
__attribute__((target("avx2"))) static inline __m256i
rgb_sums(const uint8_t *origin, int32_t stride, const positions *at, int32_t first, __m256i weights, __m256i fy) {
    const uint8_t *a = origin + at->cells[first], *b = origin + at->cells[first + 4];
    return mix(_mm256_madd_epi16(rgb_pairs(a, b), weights),
               _mm256_madd_epi16(rgb_pairs(a + stride, b + stride), weights), fy);
}

// Eight pixels of red, green and blue, in 24 bytes; writes 28.
__attribute__((target("avx2"))) static inline void
sample_rgb(const uint8_t *origin, int32_t stride, const positions *at, uint8_t *out) {
    __m256i sums[4] = {
        rgb_sums(origin, stride, at, 0, _mm256_shuffle_epi32(at->weights, 0x00), _mm256_shuffle_epi32(at->fy, 0x00)),
        rgb_sums(origin, stride, at, 1, _mm256_shuffle_epi32(at->weights, 0x55), _mm256_shuffle_epi32(at->fy, 0x55)),
        rgb_sums(origin, stride, at, 2, _mm256_shuffle_epi32(at->weights, 0xAA), _mm256_shuffle_epi32(at->fy, 0xAA)),
        rgb_sums(origin, stride, at, 3, _mm256_shuffle_epi32(at->weights, 0xFF), _mm256_shuffle_epi32(at->fy, 0xFF)),
    };
    // Pixels 0 to 3 in the low half and 4 to 7 in the high half, four bytes each.
    __m256i bytes =
        _mm256_packus_epi16(_mm256_packus_epi32(sums[0], sums[1]), _mm256_packus_epi32(sums[2], sums[3]));
    const __m256i squeeze = _mm256_setr_epi8(
        0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1,
        0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    bytes = _mm256_shuffle_epi8(bytes, squeeze);
    _mm_storeu_si128((__m128i *)out, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(out + 12), _mm256_extracti128_si256(bytes, 1));
}

// Eight pixels of a row of `width` pixels, from column `column`.
__attribute__((target("avx2"))) static inline void
sample_eight(const uint8_t *origin, int32_t stride, int32_t width, int32_t channels, const positions *at,
             int32_t column, uint8_t *row) {
    if (channels == 1) {
        sample_gray(origin, stride, at, row + column);
    } else if (column + 10 <= width) {
        // The four bytes too many are those of the next two pixels, which follow.
        sample_rgb(origin, stride, at, row + 3 * column);
    } else {
        uint8_t last[28];
        sample_rgb(origin, stride, at, last);
        memcpy(row + 3 * column, last, 24);
    }
}
#endif

#endif
