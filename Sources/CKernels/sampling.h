// Bilinear sampling at positions in 16.16 fixed point, for one pixel and for eight.
// Each row of the image is interleaved with the row below, so that the four neighbours of a position are read at once;
// around the image is a frame of its background. `origin` is its first pixel there, `stride` the bytes of two rows.

#ifndef PREP_SAMPLING_H
#define PREP_SAMPLING_H

#include <stdint.h>
#include <string.h>

static inline int64_t limit(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

// The bytes of two interleaved rows, with one pixel of background at the left and two at the right.
static inline int64_t frame_stride(int32_t width, int32_t channels) { return 2 * ((int64_t)width + 3) * channels; }

static inline const uint8_t *frame_origin(const uint8_t *framed, int32_t width, int32_t channels) {
    return framed + frame_stride(width, channels) + 2 * channels;
}

// The plain version, for any size and position. The vector versions below use the same bounds and weights.
static inline void sample(const uint8_t *origin, int64_t stride, int32_t width, int32_t height, int32_t channels,
                          int64_t x, int64_t y, uint8_t *out) {
    // One pixel outside the image there is only background, as there is farther out, so positions can be
    // clamped to one pixel outside.
    // In 64 bits, because sides have up to 65,536 pixels.
    x = limit(x, -65536, (int64_t)width << 16);
    y = limit(y, -65536, (int64_t)height << 16);
    const uint8_t *cell = origin + (y >> 16) * stride + (x >> 16) * 2 * channels;
    // 12-bit fractions: 255 * 2^24 plus half for rounding just fits into 32 bits.
    uint32_t fx = (uint32_t)(x & 0xFFFF) >> 4, fy = (uint32_t)(y & 0xFFFF) >> 4;
    for (int32_t channel = 0; channel < channels; channel++, cell += 2) {
        uint32_t top = cell[0] * (4096 - fx) + cell[2 * channels] * fx;
        uint32_t below = cell[1] * (4096 - fx) + cell[2 * channels + 1] * fx;
        out[channel] = (uint8_t)((top * (4096 - fy) + below * fy + (1u << 23)) >> 24);
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

// Sides up to which positions in pixels, and the bytes of two rows of three channels, fit into 16 bits.
enum { LONGEST_SIDE = 4096 };

// Eight positions: the cells, in bytes from the frame's first pixel, and the fractions as weights of 12 bits.
typedef struct {
    uint32_t cells[8];
    // Pairs (4096 - f, f) as 16-bit halves, for the multiply-add with pairs of pixels.
    __m256i weights;
    __m256i fy;
} positions;

// From positions in the frame, which are one pixel more than those in the image.
__attribute__((target("avx2"))) static inline void
locate(__m256i x, __m256i y, int32_t width, int32_t height, int32_t channels, positions *at) {
    const __m256i zero = _mm256_setzero_si256();
    x = _mm256_min_epi32(_mm256_max_epi32(x, zero), _mm256_set1_epi32((width + 1) << 16));
    y = _mm256_min_epi32(_mm256_max_epi32(y, zero), _mm256_set1_epi32((height + 1) << 16));
    // In the low halves; the high halves are not used.
    __m256i fx = _mm256_srli_epi16(x, 4);
    at->weights = _mm256_blend_epi16(
        _mm256_sub_epi16(_mm256_set1_epi16(4096), fx), _mm256_slli_epi32(fx, 16), 0xAA);
    at->fy = _mm256_srli_epi32(_mm256_slli_epi32(y, 16), 20);
    // Rows in the low halves and columns in the high ones, times their bytes.
    __m256i places = _mm256_blend_epi16(_mm256_srli_epi32(y, 16), x, 0xAA);
    __m256i bytes = _mm256_set1_epi32(2 * channels << 16 | (int32_t)frame_stride(width, channels));
    _mm256_storeu_si256((__m256i *)at->cells, _mm256_madd_epi16(places, bytes));
    // Keeps compilers from taking the cells out of the register one by one, which takes longer than loads.
    __asm__("" : "+m"(at->cells));
}

// top * (4096 - fy) + below * fy, rounded to eight bits.
__attribute__((target("avx2"))) static inline __m256i mix(__m256i top, __m256i below, __m256i fy) {
    __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(top, 12), _mm256_mullo_epi32(_mm256_sub_epi32(below, top), fy));
    return _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(1 << 23)), 24);
}

static inline int32_t gray_cell(const uint8_t *cell) {
    int32_t pixels;
    memcpy(&pixels, cell, 4);
    return pixels;
}

// Eight gray pixels. Eight loads, because a gather takes twice the time on AMD's processors.
__attribute__((target("avx2"))) static inline void sample_gray(const uint8_t *framed, const positions *at, uint8_t *out) {
    const uint32_t *cells = at->cells;
    // In each lane the pixel, the one below, the one to the right, and the one below that.
    __m256i pixels = _mm256_setr_epi32(
        gray_cell(framed + cells[0]), gray_cell(framed + cells[1]), gray_cell(framed + cells[2]),
        gray_cell(framed + cells[3]), gray_cell(framed + cells[4]), gray_cell(framed + cells[5]),
        gray_cell(framed + cells[6]), gray_cell(framed + cells[7]));
    __m256i top = _mm256_madd_epi16(_mm256_and_si256(pixels, _mm256_set1_epi16(255)), at->weights);
    __m256i below = _mm256_madd_epi16(_mm256_srli_epi16(pixels, 8), at->weights);
    __m256i sum = mix(top, below, at->fy);
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    _mm_storel_epi64((__m128i *)out, _mm_packus_epi16(words, words));
}

// Two of eight pixels, as 32-bit numbers: red, green, blue and nothing. `pair` 0...3 are pixels 0 and 4, 1 and 5, 2 and 6,
// 3 and 7; `weights` and `fy` are theirs, in all lanes of a half.
__attribute__((target("avx2"))) static inline __m256i
rgb_pair(const uint8_t *framed, const positions *at, int32_t pair, __m256i weights, __m256i fy) {
    // A channel's two pixels of one row become neighbours, as 16-bit numbers.
    const __m256i above = _mm256_setr_epi8(
        0, -1, 6, -1, 2, -1, 8, -1, 4, -1, 10, -1, -1, -1, -1, -1,
        0, -1, 6, -1, 2, -1, 8, -1, 4, -1, 10, -1, -1, -1, -1, -1);
    const __m256i under = _mm256_setr_epi8(
        1, -1, 7, -1, 3, -1, 9, -1, 5, -1, 11, -1, -1, -1, -1, -1,
        1, -1, 7, -1, 3, -1, 9, -1, 5, -1, 11, -1, -1, -1, -1, -1);
    __m128i a = _mm_loadu_si128((const __m128i *)(framed + at->cells[pair]));
    __m128i b = _mm_loadu_si128((const __m128i *)(framed + at->cells[pair + 4]));
    __m256i pixels = _mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1);
    return mix(_mm256_madd_epi16(_mm256_shuffle_epi8(pixels, above), weights),
               _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, under), weights), fy);
}

// Eight pixels of red, green and blue, in 24 bytes; writes 28.
__attribute__((target("avx2"))) static inline void sample_rgb(const uint8_t *framed, const positions *at, uint8_t *out) {
#define PAIR(k) rgb_pair(framed, at, k, _mm256_shuffle_epi32(at->weights, 0x55 * k), _mm256_shuffle_epi32(at->fy, 0x55 * k))
    __m256i words = _mm256_packus_epi32(PAIR(0), PAIR(1)), more = _mm256_packus_epi32(PAIR(2), PAIR(3));
#undef PAIR
    // Pixels 0 to 3 in the low half and 4 to 7 in the high half, four bytes each.
    const __m256i squeeze = _mm256_setr_epi8(
        0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1,
        0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    __m256i bytes = _mm256_shuffle_epi8(_mm256_packus_epi16(words, more), squeeze);
    _mm_storeu_si128((__m128i *)out, _mm256_castsi256_si128(bytes));
    _mm_storeu_si128((__m128i *)(out + 12), _mm256_extracti128_si256(bytes, 1));
}

// Eight pixels of a row of `width` pixels, from column `column`.
__attribute__((target("avx2"))) static inline void
sample_eight(const uint8_t *framed, int32_t width, int32_t channels, const positions *at, int32_t column, uint8_t *row) {
    if (channels == 1) {
        sample_gray(framed, at, row + column);
    } else if (column + 10 <= width) {
        // The four bytes too many are those of the next two pixels, which follow.
        sample_rgb(framed, at, row + 3 * column);
    } else {
        uint8_t last[28];
        sample_rgb(framed, at, last);
        memcpy(row + 3 * column, last, 24);
    }
}
#endif

#endif
