// Register blocks for sums of products: some left rows, broadcast, times sixteen right columns.

#ifndef PREP_BLOCKS_H
#define PREP_BLOCKS_H

#include "vectors.h"
#include <stddef.h>

// Vectors are passed between inlined functions only, so the calling convention does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

// Columns of a block: one register of AVX-512, two of AVX2.
enum { LANES = 16 };
typedef float lanes __attribute__((ext_vector_type(16), aligned(4)));

// Without this, rows on the stack would straddle two cache lines in some processes and not in others.
#define LINE_ALIGNED __attribute__((aligned(64)))

// Left rows of a block: as many as leave registers for the right row and a broadcast. The remaining rows are taken
// four at a time, then singly. Every element is summed in the same order, whichever block computes it.
enum { ROWS_AVX512 = 16, ROWS_AVX2 = 6, FEW_ROWS = 4, MOST_ROWS = ROWS_AVX512 };
#if defined(__aarch64__)
enum { ROWS_PLAIN = FEW_ROWS };
#else
enum { ROWS_PLAIN = 2 };
#endif

// Loops over the rows of a block must be unrolled early, or its sums would be kept in memory.
#define EACH_ROW _Pragma("clang loop unroll(full)")

INLINE size_t at_most(size_t count, size_t limit) { return count < limit ? count : limit; }

// The first `count` columns of a row; the others are zero.
INLINE lanes load_columns(const float *x, size_t count) {
    if (count == LANES) return *(const lanes *)x;
    float all[LANES] = {0};
    for (size_t i = 0; i < count; i++) all[i] = x[i];
    return *(const lanes *)all;
}

INLINE void store_columns(lanes value, float *out, size_t count) {
    if (count == LANES) {
        *(lanes *)out = value;
        return;
    }
    float all[LANES];
    *(lanes *)all = value;
    for (size_t i = 0; i < count; i++) out[i] = all[i];
}

// max(0, x); NaN stays.
INLINE lanes rectified(lanes x) { return x < 0 ? (lanes)0 : x; }

// Adds to the sums of `rows` left rows the products of `depth` left values, `step` floats apart, with right rows of
// sixteen.
INLINE void add_products(lanes *sums, const float *left, size_t step, const float *right, size_t depth,
                         const int rows) {
    for (size_t k = 0; k < depth; k++, left += step, right += LANES) {
        const lanes columns = *(const lanes *)right;
        EACH_ROW for (int r = 0; r < rows; r++) sums[r] += columns * left[r];
    }
}

// Defines `name`, which calls the inline function `body` with the number of rows per block that suits the processor.
#define BY_ROWS(name, parameters, body, ...)                                                                       \
    BY_CALL(name, parameters, (__VA_ARGS__), body(__VA_ARGS__, ROWS_AVX512), body(__VA_ARGS__, ROWS_AVX2),         \
            body(__VA_ARGS__, ROWS_PLAIN))

#endif
