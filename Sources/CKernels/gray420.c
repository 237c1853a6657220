// Converts the planes of a 4:2:0 JPEG to gray in one pass: upsampling, colour conversion and luma together.
// The result is bit for bit that of libjpeg and convert("L"), without the RGB image between them.

#include "CKernels.h"
#include "clones.h"

#include <string.h>

// One chroma row of the output: 3 parts of the nearer input row and 1 of the farther (libjpeg's
// h2v2_fancy_upsample); the first and last sums are repeated at sums[-1] and sums[count].
AVX2_CLONES
static void column_sums(const uint8_t *restrict nearer, const uint8_t *restrict farther, int32_t count,
                        int16_t *restrict sums) {
    for (int32_t i = 0; i < count; i++) sums[i] = (int16_t)(3 * nearer[i] + farther[i]);
    sums[-1] = sums[0];
    sums[count] = sums[count - 1];
}

// The chroma of output pixel x, computed from the sums of its row.
static inline int32_t upsampled(const int16_t *sums, int32_t x) {
    const int16_t *this = sums + (x >> 1);
    return x & 1 ? (3 * this[0] + this[1] + 7) >> 4 : (3 * this[0] + this[-1] + 8) >> 4;
}

static inline int32_t clamp(int32_t value) { return value < 0 ? 0 : value > 255 ? 255 : value; }

// libjpeg's conversion to RGB (jdcolor.c, 16-bit fixed point), then Pillow's luma.
static inline uint8_t gray(int32_t y, int32_t cb, int32_t cr) {
    cb -= 128;
    cr -= 128;
    int32_t r = clamp(y + ((91881 * cr + 32768) >> 16));
    int32_t g = clamp(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
    int32_t b = clamp(y + ((116130 * cb + 32768) >> 16));
    return (uint8_t)((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
}

static void gray_row(const uint8_t *y, const int16_t *cb, const int16_t *cr, int32_t width,
                     uint8_t *out) {
    for (int32_t x = 0; x < width; x++) out[x] = gray(y[x], upsampled(cb, x), upsampled(cr, x));
}

#if defined(__x86_64__)
#include <immintrin.h>

// Eight sums of Cb in the low half, and eight of Cr in the high half.
__attribute__((target("avx2"))) static inline __m256i load_sums(const int16_t *cb, const int16_t *cr) {
    __m256i low = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)cb));
    return _mm256_inserti128_si256(low, _mm_loadu_si128((const __m128i *)cr), 1);
}

// Cb - 128 and Cr - 128 of sixteen output pixels, computed from eight sums each.
__attribute__((target("avx2"))) static inline void
upsample_16(const int16_t *cb_sums, const int16_t *cr_sums, __m256i *cb, __m256i *cr) {
    __m256i this = load_sums(cb_sums, cr_sums);
    __m256i thrice = _mm256_add_epi16(this, _mm256_add_epi16(this, this));
    __m256i last = _mm256_add_epi16(load_sums(cb_sums - 1, cr_sums - 1), _mm256_set1_epi16(8));
    __m256i next = _mm256_add_epi16(load_sums(cb_sums + 1, cr_sums + 1), _mm256_set1_epi16(7));
    // Subtracting 128 << 4 before the arithmetic shift is exact.
    thrice = _mm256_sub_epi16(thrice, _mm256_set1_epi16(128 << 4));
    __m256i even = _mm256_srai_epi16(_mm256_add_epi16(thrice, last), 4);
    __m256i odd = _mm256_srai_epi16(_mm256_add_epi16(thrice, next), 4);
    __m256i low = _mm256_unpacklo_epi16(even, odd), high = _mm256_unpackhi_epi16(even, odd);
    *cb = _mm256_permute2x128_si256(low, high, 0x20);
    *cr = _mm256_permute2x128_si256(low, high, 0x31);
}

// (a*p + 32768) >> 16, computed as half of the doubled product's upper half, rounded.
__attribute__((target("avx2"))) static inline __m256i scaled(__m256i a, int16_t p) {
    __m256i doubled = _mm256_mulhi_epi16(_mm256_add_epi16(a, a), _mm256_set1_epi16(p));
    return _mm256_srai_epi16(_mm256_add_epi16(doubled, _mm256_set1_epi16(1)), 1);
}

// (a*p + b*q + 32768) >> 16 for each of sixteen lanes.
__attribute__((target("avx2"))) static inline __m256i
weighted(__m256i a, __m256i b, int16_t p, int16_t q) {
    __m256i weights = _mm256_set1_epi32((int32_t)(uint16_t)p | (int32_t)((uint32_t)(uint16_t)q << 16));
    __m256i half = _mm256_set1_epi32(32768);
    __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(a, b), weights);
    __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(a, b), weights);
    low = _mm256_srai_epi32(_mm256_add_epi32(low, half), 16);
    high = _mm256_srai_epi32(_mm256_add_epi32(high, half), 16);
    return _mm256_packs_epi32(low, high);
}

__attribute__((target("avx2"))) static inline __m256i clamp_16(__m256i value) {
    return _mm256_min_epi16(_mm256_max_epi16(value, _mm256_setzero_si256()), _mm256_set1_epi16(255));
}

// The same arithmetic on sixteen pixels. A multiple of 65536 is taken out of weights beyond 16 bits; it is
// added as multiples of the operand itself: 91881 = 65536 + 26345, and so on.
__attribute__((target("avx2"))) static void
gray_row_avx2(const uint8_t *y, const int16_t *cb_sums, const int16_t *cr_sums, int32_t width,
              uint8_t *out) {
    for (int32_t x = 0; x < width; x += 16) {
        __m256i luma = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(y + x)));
        __m256i cb, cr;
        upsample_16(cb_sums + x / 2, cr_sums + x / 2, &cb, &cr);
        __m256i r = _mm256_add_epi16(cr, scaled(cr, 26345));
        __m256i g = _mm256_sub_epi16(weighted(cb, cr, -22554, 18734), cr);
        __m256i b = _mm256_add_epi16(_mm256_add_epi16(cb, cb), scaled(cb, -14942));
        r = clamp_16(_mm256_add_epi16(luma, r));
        g = clamp_16(_mm256_add_epi16(luma, g));
        b = clamp_16(_mm256_add_epi16(luma, b));
        // 19595 r + 38470 g + 7471 b, where 38470 = 65536 - 27066, in two multiply-adds.
        const __m256i rg = _mm256_set1_epi32(19595 | (int32_t)((uint32_t)(uint16_t)-27066 << 16));
        const __m256i b1 = _mm256_set1_epi32(7471 | (16384 << 16)), two = _mm256_set1_epi16(2);
        __m256i low = _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpacklo_epi16(r, g), rg),
                                       _mm256_madd_epi16(_mm256_unpacklo_epi16(b, two), b1));
        __m256i high = _mm256_add_epi32(_mm256_madd_epi16(_mm256_unpackhi_epi16(r, g), rg),
                                        _mm256_madd_epi16(_mm256_unpackhi_epi16(b, two), b1));
        __m256i sum = _mm256_packs_epi32(_mm256_srai_epi32(low, 16), _mm256_srai_epi32(high, 16));
        sum = _mm256_add_epi16(sum, g);
        __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        _mm_storeu_si128((__m128i *)(out + x), bytes);
    }
}
#endif

void kernels_gray_from_420(const uint8_t *y, int32_t y_stride, const uint8_t *cb, const uint8_t *cr,
                           int32_t chroma_stride, int32_t width, int32_t height, int16_t *scratch,
                           int use_vectors, uint8_t *out) {
    int32_t chroma_width = (width + 1) / 2, chroma_height = (height + 1) / 2;
    void (*row)(const uint8_t *, const int16_t *, const int16_t *, int32_t, uint8_t *) = gray_row;
#if defined(__x86_64__)
    if (use_vectors && __builtin_cpu_supports("avx2")) row = gray_row_avx2;
#endif
    // Sums are computed one line ahead, because loads stall on fresh stores of another width.
    int32_t pitch = chroma_width + 32;
    for (int32_t line = 0; line <= height; line++) {
        int16_t *sums = scratch + 16 + 2 * (line & 1) * pitch;
        if (line < height) {
            int32_t nearer = line / 2, farther = line & 1 ? nearer + 1 : nearer - 1;
            if (farther < 0) farther = 0;
            if (farther >= chroma_height) farther = chroma_height - 1;
            size_t near_offset = (size_t)nearer * chroma_stride, far_offset = (size_t)farther * chroma_stride;
            column_sums(cb + near_offset, cb + far_offset, chroma_width, sums);
            column_sums(cr + near_offset, cr + far_offset, chroma_width, sums + pitch);
        }
        if (line > 0) {
            int16_t *ready = scratch + 16 + 2 * ((line - 1) & 1) * pitch;
            row(y + (size_t)(line - 1) * y_stride, ready, ready + pitch, width,
                out + (size_t)(line - 1) * width);
        }
    }
}
