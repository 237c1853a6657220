// Products of matrices: linear layers, and their weight gradients over a whole batch.
//
// Both operands are panels of sixteen columns, side by side: read in place, the rows of a matrix would map to few sets
// of the cache. Some panels of the left operand are copied at a time, for a band of the dimension that is summed over,
// and each panel of the right operand meets all of them while it is in the first-level cache.

#include "CTensor.h"
#include "blocks.h"
#include "transpose.h"

// Elements that are summed before C is stored, and panels of the left operand.
enum { BAND = 256, PANELS = 8 };

// C[m, n] = bias[n] + sum over k of left[k, m] right[k, n], for the k of a band.
typedef struct {
    size_t rows, columns, depth;
    float *c;
    size_t c_step;
    const float *bias;
    // The band's first element and how many it has. The first band stores, the others add to what they find.
    size_t first, band;
    int relu;
} product;

INLINE lanes at_start(const product *p, size_t row, size_t column, size_t count) {
    if (p->first > 0) return load_columns(p->c + row * p->c_step + column, count);
    return p->bias ? load_columns(p->bias + column, count) : (lanes)0;
}

// Computes `rows` rows and at most sixteen columns of C.
INLINE void product_block(const product *p, size_t row, size_t column, const float *left, const float *right,
                          const int rows) {
    const size_t count = at_most(p->columns - column, LANES);
    const int rectifies = p->relu && p->first + p->band == p->depth;
    lanes sums[MOST_ROWS];
    EACH_ROW for (int r = 0; r < rows; r++) sums[r] = at_start(p, row + (size_t)r, column, count);
    add_products(sums, left, LANES, right, p->band, rows);
    EACH_ROW for (int r = 0; r < rows; r++) {
        const lanes sum = rectifies ? rectified(sums[r]) : sums[r];
        store_columns(sum, p->c + (row + (size_t)r) * p->c_step + column, count);
    }
}

// Multiplies the panels of the rows first ..< last with one panel of columns.
INLINE void product_panels(const product *p, size_t first, size_t last, size_t column, const float *left,
                           const float *right, const int rows) {
    for (; first < last; first += LANES, left += p->band * LANES) {
        const size_t count = at_most(last - first, LANES);
        size_t r = 0;
        for (; r + (size_t)rows <= count; r += (size_t)rows)
            product_block(p, first + r, column, left + r, right, rows);
        for (; r + FEW_ROWS <= count; r += FEW_ROWS) product_block(p, first + r, column, left + r, right, FEW_ROWS);
        for (; r < count; r++) product_block(p, first + r, column, left + r, right, 1);
    }
}

// The panel of `count` columns, at most sixteen, of some rows that are `step` floats apart.
INLINE void gather_panel(const float *x, size_t step, size_t rows, size_t count, float *panel) {
    for (size_t k = 0; k < rows; k++) *(lanes *)(panel + k * LANES) = load_columns(x + k * step, count);
}

INLINE void linear(size_t count, size_t inputs, size_t outputs, const float *x, const float *packed,
                   const float *bias, float *y, int relu, const int rows) {
    product p = {count, outputs, inputs, y, outputs, bias, 0, 0, relu};
    LINE_ALIGNED float left[PANELS * BAND * LANES];
    for (size_t first = 0; first < p.rows; first += PANELS * LANES) {
        const size_t last = at_most(first + PANELS * LANES, p.rows);
        for (p.first = 0; p.first < p.depth; p.first += BAND) {
            p.band = at_most(p.depth - p.first, BAND);
            for (size_t m = first; m < last; m += LANES)
                transpose_panel(x + m * p.depth + p.first, p.depth, at_most(last - m, LANES), p.band,
                                left + (m - first) * p.band);
            for (size_t n = 0; n < p.columns; n += LANES)
                product_panels(&p, first, last, n, left, packed + n * p.depth + p.first * LANES, rows);
        }
    }
}

INLINE void outer_products(size_t count, size_t columns, size_t depth, const float *a, size_t a_step, const float *b,
                           size_t b_step, float *c, size_t c_step, const int rows) {
    product p = {count, columns, depth, c, c_step, NULL, 0, 0, 0};
    LINE_ALIGNED float left[PANELS * BAND * LANES], right[BAND * LANES];
    for (p.first = 0; p.first < p.depth; p.first += BAND, a += BAND * a_step, b += BAND * b_step) {
        p.band = at_most(p.depth - p.first, BAND);
        for (size_t first = 0; first < p.rows; first += PANELS * LANES) {
            const size_t last = at_most(first + PANELS * LANES, p.rows);
            for (size_t m = first; m < last; m += LANES)
                gather_panel(a + m, a_step, p.band, at_most(last - m, LANES), left + (m - first) * p.band);
            for (size_t n = 0; n < p.columns; n += LANES) {
                gather_panel(b + n, b_step, p.band, at_most(p.columns - n, LANES), right);
                product_panels(&p, first, last, n, left, right, rows);
            }
        }
    }
}

BY_ROWS(tensor_linear,
        (size_t rows, size_t inputs, size_t outputs, const float *x, const float *packed, const float *bias, float *y,
         int relu),
        linear, rows, inputs, outputs, x, packed, bias, y, relu)

BY_ROWS(tensor_outer_products,
        (size_t rows, size_t columns, size_t depth, const float *a, size_t a_step, const float *b, size_t b_step,
         float *c, size_t c_step),
        outer_products, rows, columns, depth, a, a_step, b, b_step, c, c_step)
