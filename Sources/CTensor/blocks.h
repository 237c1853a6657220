// Register blocks for sums of products: some left rows, broadcast, times one or two panels of sixteen right columns.

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

// Left rows of a block of one panel: as many as leave registers for the right row and a broadcast. The remaining rows
// are taken four at a time, then singly. Every element is summed in the same order, whichever block computes it.
enum { ROWS_AVX512 = 16, ROWS_AVX2 = 6, FEW_ROWS = 4, MOST_ROWS = ROWS_AVX512 };
#if defined(__aarch64__)
enum { ROWS_PLAIN = FEW_ROWS };
#else
enum { ROWS_PLAIN = 2 };
#endif

// Panels of a block. With AVX-512, half as many rows times two panels: a value is broadcast for both, which takes ten
// loads for sixteen multiply-adds instead of seventeen, and pointers to eight rows fit the registers.
enum { PAIR = 2 };

// Runs `call` for the panels 0 ..< count, from the panel `index` on, for `block_panels` panels and with `block_rows`
// rows in a block.
#define EACH_PANELS(index, count, rows, call)                                                                      \
    do {                                                                                                           \
        size_t index = 0;                                                                                          \
        if (rows == ROWS_AVX512) {                                                                                 \
            const int block_rows = rows / PAIR, block_panels = PAIR;                                               \
            for (; index + PAIR <= (count); index += PAIR) call;                                                   \
        }                                                                                                          \
        const int block_rows = rows, block_panels = 1;                                                             \
        for (; index < (count); index++) call;                                                                     \
    } while (0)

// Runs `call` for the rows first ..< last, from `row` on, for `count` rows: blocks of `rows`, then of a few, then of
// one.
#define EACH_BLOCK(row, first, last, rows, call)                                                                   \
    do {                                                                                                           \
        size_t row = (first);                                                                                      \
        EACH_BLOCK_OF(row, last, rows, call)                                                                       \
        EACH_BLOCK_OF(row, last, FEW_ROWS, call)                                                                   \
        EACH_BLOCK_OF(row, last, 1, call)                                                                          \
    } while (0)
#define EACH_BLOCK_OF(row, last, rows, call)                                                                       \
    {                                                                                                              \
        const int count = rows;                                                                                    \
        for (; row + (size_t)count <= (last); row += (size_t)count) call;                                          \
    }

// Loops over the rows of a block must be unrolled early, or its sums would be kept in memory.
#define EACH_ROW _Pragma("clang loop unroll(full)")

INLINE size_t at_most(size_t count, size_t limit) { return count < limit ? count : limit; }

// Panels of sixteen that hold `count` columns, and how many columns these are.
INLINE size_t panels_of(size_t count) { return (count + LANES - 1) / LANES; }

INLINE size_t up_to_lanes(size_t count) { return panels_of(count) * LANES; }

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

// The sums of a block.
typedef lanes block_sums[PAIR][MOST_ROWS];

// Where a block reads: floats from one left row to the next, and from one element of the sum to the next; floats from
// one right panel to the next. The elements of a right panel are sixteen floats apart.
typedef struct {
    size_t row, element, panel;
} block_steps;

// Adds to the sums the products of `depth` elements.
INLINE void add_products(block_sums sums, const float *left, const float *right, block_steps steps, size_t depth,
                         const int rows, const int panels) {
    for (size_t k = 0; k < depth; k++, left += steps.element, right += LANES) {
        lanes columns[PAIR];
        EACH_ROW for (int p = 0; p < panels; p++) columns[p] = *(const lanes *)(right + (size_t)p * steps.panel);
        EACH_ROW for (int r = 0; r < rows; r++) {
            const float value = left[(size_t)r * steps.row];
            EACH_ROW for (int p = 0; p < panels; p++) sums[p][r] += columns[p] * value;
        }
    }
}

// Defines `name`, which calls the inline function `body` with the number of rows per block that suits the processor.
#define BY_ROWS(name, parameters, body, ...)                                                                       \
    BY_CALL(name, parameters, (__VA_ARGS__), body(__VA_ARGS__, ROWS_AVX512), body(__VA_ARGS__, ROWS_AVX2),         \
            body(__VA_ARGS__, ROWS_PLAIN))

#endif
