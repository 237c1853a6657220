// Bilinear sampling of a gray image under an affine map with AVX-512: sixteen pixels lie in a few rows of the source, of
// which four fit into two registers. One permutation finds all neighbours in them.

#include "affine.h"

#if defined(__x86_64__)

// Columns of a row in a register, rows in two registers, and the rows that have the row below them there as well.
enum { COLUMNS = 32, ROWS = 4, STEP = ROWS - 1 };

// One column of background at the left, and what is read at the right of the last one.
static inline int64_t rows_stride(int32_t width) { return width + 1 + COLUMNS + 1; }

size_t affine_rows_bytes(int32_t width, int32_t height) {
    // One row above, the one below, and what is read below that; a register is written at the end of the last.
    return (size_t)(rows_stride(width) * (height + 1 + ROWS)) + 63;
}

// Puts the image into a frame of its background.
ROWS_TARGET static void frame_rows(const uint8_t *image, int32_t width, int32_t height, __m512i background,
                                   uint8_t *framed) {
    const int64_t stride = rows_stride(width);
    for (int32_t y = -1; y < height + ROWS; y++, framed += stride) {
        for (int64_t x = 0; x < stride; x += 64) _mm512_storeu_si512(framed + x, background);
        if (y < 0 || y >= height) continue;
        for (int32_t x = 0; x < width; x += 16) {
            // The last sixteen end at the last column, even if some are written twice.
            const int32_t column = x + 16 <= width ? x : width - 16;
            _mm_storeu_si128((__m128i *)(framed + 1 + column), _mm_loadu_si128((const __m128i *)(image + column)));
        }
        image += width;
    }
}

// Two rows, one in each half.
ROWS_TARGET static inline __m512i two_rows(const uint8_t *row, int64_t stride) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)row)),
                              _mm256_loadu_si256((const __m256i *)(row + stride)), 1);
}

static inline int32_t limited(int32_t value, int32_t high) { return value < 0 ? 0 : value > high ? high : value; }

static inline int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

// The four neighbours of each position in the frame, in the order that sample_gray has them: the pixel, the one below,
// the one to the right, and the one below that. No position is before `column` and `row`, and they can lie in `steps`
// times STEP rows.
ROWS_TARGET static inline __m512i neighbours(const uint8_t *framed, int64_t stride, int32_t last_row, __m512i x, __m512i y,
                                             int32_t column, int32_t row, int32_t steps) {
    // Each place in all bytes of its lane, and the way from there to the four.
    const __m512i spread = _mm512_set4_epi32(0x0C0C0C0C, 0x08080808, 0x04040404, 0);
    const __m512i corners = _mm512_set1_epi32((COLUMNS + 1) << 24 | 1 << 16 | COLUMNS << 8);
    // Rows in the low halves and columns in the high ones, times their places.
    const __m512i halves = _mm512_mask_blend_epi16(0xAAAAAAAA, _mm512_srli_epi32(y, 16), x);
    __m512i places = _mm512_madd_epi16(halves, _mm512_set1_epi32(1 << 16 | COLUMNS));
    places = _mm512_sub_epi32(places, _mm512_set1_epi32(row * COLUMNS + column));
    __m512i found = _mm512_setzero_si512();
    for (int32_t step = 0; step < steps; step++) {
        // Below the last row is no position, so it does not matter what is read for them.
        const uint8_t *start = framed + column + smaller(row + step * STEP, last_row) * stride;
        const __m512i index = _mm512_add_epi8(_mm512_shuffle_epi8(places, spread), corners);
        const __m512i pixels =
            _mm512_permutex2var_epi8(two_rows(start, stride), index, two_rows(start + 2 * stride, stride));
        if (steps == 1) return pixels;
        const __m512i limit = _mm512_set1_epi32(STEP * COLUMNS);
        found = _mm512_mask_mov_epi32(found, _mm512_cmplt_epu32_mask(places, limit), pixels);
        places = _mm512_sub_epi32(places, limit);
    }
    return found;
}

// The fractions of positions, of 12 bits.
ROWS_TARGET static inline __m512i fractions(__m512i positions) {
    return _mm512_srli_epi32(_mm512_slli_epi32(positions, 16), 20);
}

// Between the neighbours; the level is in the highest byte.
ROWS_TARGET static inline __m512i mixed(__m512i pixels, __m512i x, __m512i y) {
    const __m512i fx = fractions(x);
    // Pairs (4096 - f, f) as 16-bit halves.
    const __m512i weights =
        _mm512_add_epi32(_mm512_sub_epi32(_mm512_slli_epi32(fx, 16), fx), _mm512_set1_epi32(4096));
    const __m512i top = _mm512_madd_epi16(_mm512_and_si512(pixels, _mm512_set1_epi16(255)), weights);
    const __m512i below = _mm512_madd_epi16(_mm512_srli_epi16(pixels, 8), weights);
    const __m512i sum =
        _mm512_add_epi32(_mm512_slli_epi32(top, 12), _mm512_mullo_epi32(_mm512_sub_epi32(below, top), fractions(y)));
    return _mm512_add_epi32(sum, _mm512_set1_epi32(1 << 23));
}

ROWS_TARGET void affine_rows(const uint8_t *image, int32_t width, int32_t height, uint8_t level, kernels_affine map,
                             uint8_t *framed, uint8_t *out) {
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i across = _mm512_mullo_epi32(lanes, _mm512_set1_epi32(map.xx));
    const __m512i down = _mm512_mullo_epi32(lanes, _mm512_set1_epi32(map.yx));
    const __m512i zero = _mm512_setzero_si512();
    // The highest byte of each sum.
    const __m512i highest = _mm512_castsi128_si512(
        _mm_setr_epi8(3, 7, 11, 15, 19, 23, 27, 31, 35, 39, 43, 47, 51, 55, 59, 63));
    // Farther out than one pixel there is only background.
    const int32_t right = (width + 1) << 16, bottom = (height + 1) << 16;
    const int64_t stride = rows_stride(width);
    // The first and the last of sixteen lie so many rows apart, rounded up.
    const int32_t steps = ((15 * abs(map.yx) + 0xFFFF) >> 16) / STEP + 1;
    frame_rows(image, width, height, _mm512_set1_epi8((char)level), framed);
    for (int32_t oy = 0; oy < height; oy++, out += width) {
        for (int32_t ox = 0; ox < width; ox += 16) {
            const int32_t start = smaller(ox, width - 16);
            const int32_t x0 = (int32_t)map.x0 + 65536 + map.xy * oy + map.xx * start;
            const int32_t y0 = (int32_t)map.y0 + 65536 + map.yy * oy + map.yx * start;
            const __m512i x = _mm512_min_epi32(_mm512_max_epi32(_mm512_add_epi32(across, _mm512_set1_epi32(x0)), zero),
                                               _mm512_set1_epi32(right));
            const __m512i y = _mm512_min_epi32(_mm512_max_epi32(_mm512_add_epi32(down, _mm512_set1_epi32(y0)), zero),
                                               _mm512_set1_epi32(bottom));
            const int32_t column = limited(smaller(x0, x0 + 15 * map.xx), right) >> 16;
            const int32_t row = limited(smaller(y0, y0 + 15 * map.yx), bottom) >> 16;
            const __m512i pixels = neighbours(framed, stride, height + 1, x, y, column, row, steps);
            const __m512i levels = _mm512_permutexvar_epi8(highest, mixed(pixels, x, y));
            _mm_storeu_si128((__m128i *)(out + start), _mm512_castsi512_si128(levels));
        }
    }
}
#endif
