// The two passes of Pillow's 8-bit resampling: 22-bit fixed-point weights, rounded and clamped
// after each pass. The weights themselves are computed in Swift (ResizeWeights).

#include "CKernels.h"
#include "clones.h"

enum { PRECISION = 22, HALF = 1 << (PRECISION - 1) };

static inline uint8_t clamp(int32_t sum) {
    int32_t value = sum >> PRECISION;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

#if defined(__x86_64__)
#include <immintrin.h>

// Eight rows at a time, two per vector. A 22-bit weight is split into high * 2^12 + low, so that both
// parts fit the 16-bit multiply-add; the sums are exact as long as 255 * 4095 * taps fits into 31 bits.
enum { LOW_BITS = 12, MAX_TAPS = 2048, ROWS = 8 };

typedef struct {
    __m256i high, low;
} split_weights;

// Eight weights, the same for both halves of a vector.
__attribute__((target("avx2"))) static inline split_weights split(const int32_t *weights) {
    __m256i w = _mm256_loadu_si256((const __m256i *)weights);
    __m256i high = _mm256_srai_epi32(w, LOW_BITS);
    __m256i low = _mm256_and_si256(w, _mm256_set1_epi32((1 << LOW_BITS) - 1));
    // Packing works within each half; the permutation puts all eight weights into both halves.
    return (split_weights){
        _mm256_permute4x64_epi64(_mm256_packs_epi32(high, high), 0x88),
        _mm256_permute4x64_epi64(_mm256_packs_epi32(low, low), 0x88),
    };
}

// The weights times eight pixels of one row in the low half, and of another row in the high half.
__attribute__((target("avx2"))) static inline __m256i
weigh(const uint8_t *row, const uint8_t *other, split_weights w) {
    __m128i pixels = _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)row),
                                        _mm_loadl_epi64((const __m128i *)other));
    __m256i wide = _mm256_cvtepu8_epi16(pixels);
    __m256i high = _mm256_slli_epi32(_mm256_madd_epi16(wide, w.high), LOW_BITS);
    return _mm256_add_epi32(high, _mm256_madd_epi16(wide, w.low));
}

__attribute__((target("avx2"))) static void
horizontal_gray_avx2(const uint8_t *in, size_t in_width, int32_t rows, kernels_axis axis,
                     uint8_t *out, size_t out_width) {
    for (size_t x = 0; x < out_width; x++) {
        const int32_t *weights = axis.weights + x * axis.taps;
        const uint8_t *column = in + axis.starts[x];
        int32_t taps = axis.lengths[x];
        split_weights first = split(weights);
        for (int32_t y = 0; y < rows; y += ROWS) {
            // The last block ends at the last row, even if some rows are computed twice.
            size_t top = (size_t)(y + ROWS <= rows ? y : rows - ROWS);
            const uint8_t *window = column + top * in_width;
            __m256i sums[4];
            for (int32_t i = 0; i < 4; i++)
                sums[i] = weigh(window + i * in_width, window + (i + 4) * in_width, first);
            for (int32_t t = 8; t < taps; t += 8) {
                split_weights w = split(weights + t);
                for (int32_t i = 0; i < 4; i++) {
                    const uint8_t *row = window + i * in_width + t;
                    sums[i] = _mm256_add_epi32(sums[i], weigh(row, row + 4 * in_width, w));
                }
            }
            __m256i total = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]),
                                              _mm256_hadd_epi32(sums[2], sums[3]));
            total = _mm256_srai_epi32(_mm256_add_epi32(total, _mm256_set1_epi32(HALF)), PRECISION);
            __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(total),
                                            _mm256_extracti128_si256(total, 1));
            uint64_t levels = (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(words, words));
            uint8_t *target = out + top * out_width + x;
            for (int32_t i = 0; i < ROWS; i++) target[i * out_width] = (uint8_t)(levels >> (8 * i));
        }
    }
}
#endif

// One channel: taps in runs of eight, one vector each. Weights past the window are zero, so reading a few
// bytes past it is harmless.
static void horizontal_gray(const uint8_t *restrict in, int32_t in_width, int32_t rows,
                            kernels_axis axis, uint8_t *restrict out, int32_t out_width) {
    for (int32_t x = 0; x < out_width; x++) {
        const int32_t *weights = axis.weights + (size_t)x * axis.taps;
        const uint8_t *column = in + axis.starts[x];
        int32_t taps = axis.lengths[x];
        for (int32_t y = 0; y < rows; y++) {
            const uint8_t *row = column + (size_t)y * in_width;
            int32_t lanes[8] = {0};
            for (int32_t t = 0; t < taps; t += 8)
                for (int32_t i = 0; i < 8; i++) lanes[i] += row[t + i] * weights[t + i];
            int32_t sum = HALF;
            for (int32_t i = 0; i < 8; i++) sum += lanes[i];
            out[(size_t)y * out_width + x] = clamp(sum);
        }
    }
}

static void horizontal_any(const uint8_t *in, int32_t in_width, int32_t rows, int32_t channels,
                           kernels_axis axis, uint8_t *out, int32_t out_width) {
    for (int32_t y = 0; y < rows; y++) {
        const uint8_t *row = in + (size_t)y * in_width * channels;
        for (int32_t x = 0; x < out_width; x++) {
            const int32_t *weights = axis.weights + (size_t)x * axis.taps;
            const uint8_t *window = row + (size_t)axis.starts[x] * channels;
            for (int32_t c = 0; c < channels; c++) {
                int32_t sum = HALF;
                for (int32_t t = 0; t < axis.lengths[x]; t++)
                    sum += window[t * channels + c] * weights[t];
                *out++ = clamp(sum);
            }
        }
    }
}

void kernels_resize_horizontal(const uint8_t *in, int32_t in_width, int32_t rows, int32_t channels,
                               kernels_axis axis, uint8_t *out, int32_t out_width) {
#if defined(__x86_64__)
    if (channels == 1 && rows >= ROWS && axis.taps <= MAX_TAPS &&
        __builtin_cpu_supports("avx2")) {
        horizontal_gray_avx2(in, (size_t)in_width, rows, axis, out, (size_t)out_width);
        return;
    }
#endif
    if (channels == 1)
        horizontal_gray(in, in_width, rows, axis, out, out_width);
    else
        horizontal_any(in, in_width, rows, channels, axis, out, out_width);
}

AVX2_CLONES
void kernels_resize_vertical(const uint8_t *restrict in, int32_t row_bytes, kernels_axis axis,
                             uint8_t *restrict out, int32_t out_rows) {
    enum { RUN = 64 };
    for (int32_t y = 0; y < out_rows; y++) {
        const int32_t *weights = axis.weights + (size_t)y * axis.taps;
        const uint8_t *window = in + (size_t)axis.starts[y] * row_bytes;
        for (int32_t x0 = 0; x0 < row_bytes; x0 += RUN) {
            int32_t run = row_bytes - x0 < RUN ? row_bytes - x0 : RUN;
            int32_t sums[RUN];
            for (int32_t x = 0; x < run; x++) sums[x] = HALF;
            for (int32_t t = 0; t < axis.lengths[y]; t++) {
                const uint8_t *row = window + (size_t)t * row_bytes + x0;
                int32_t weight = weights[t];
                for (int32_t x = 0; x < run; x++) sums[x] += row[x] * weight;
            }
            for (int32_t x = 0; x < run; x++) out[(size_t)y * row_bytes + x0 + x] = clamp(sums[x]);
        }
    }
}
