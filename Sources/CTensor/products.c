// Products of matrices: linear layers, and their weight gradients over a whole batch.
//
// Both operands are panels of sixteen columns, side by side: read in place, the rows of a matrix would map to few sets
// of the cache. Some panels of the left operand are copied at a time, for a band of the dimension that is summed over,
// and one or two panels of the right operand meet all of them while they are in the first-level cache.

#include "CTensor.h"
#include "blocks.h"
#include "transpose.h"

// Elements that are summed before C is stored, and panels of the left operand.
enum { BAND = 128, PANELS = 8 };

// C[m, n] = bias[n] + sum over k of left[k, m] right[k, n], for the k of a band.
typedef struct {
    size_t rows, columns, depth;
    float *c;
    size_t c_step;
    const float *bias;
    // The band's first element and how many it has. The first band stores, the others add to what they find.
    size_t first, band;
    // Floats from one right panel to the next.
    size_t panel;
    int relu;
} product;

INLINE lanes at_start(const product *p, size_t row, size_t column, size_t count) {
    if (p->first > 0) return load_columns(p->c + row * p->c_step + column, count);
    return p->bias ? load_columns(p->bias + column, count) : (lanes)0;
}

// Computes `rows` rows of C, and at most sixteen columns for each panel.
INLINE void product_block(const product *p, size_t row, size_t column, const float *left, const float *right,
                          const int rows, const int panels) {
    const block_steps steps = {1, LANES, p->panel};
    const int rectifies = p->relu && p->first + p->band == p->depth;
    block_sums sums;
    EACH_ROW for (int i = 0; i < panels; i++) {
        const size_t n = column + (size_t)i * LANES, count = at_most(p->columns - n, LANES);
        EACH_ROW for (int r = 0; r < rows; r++) sums[i][r] = at_start(p, row + (size_t)r, n, count);
    }
    add_products(sums, left, right, steps, p->band, rows, panels);
    EACH_ROW for (int i = 0; i < panels; i++) {
        const size_t n = column + (size_t)i * LANES, count = at_most(p->columns - n, LANES);
        EACH_ROW for (int r = 0; r < rows; r++) {
            const lanes sum = rectifies ? rectified(sums[i][r]) : sums[i][r];
            store_columns(sum, p->c + (row + (size_t)r) * p->c_step + n, count);
        }
    }
}

// Multiplies the panels of the rows first ..< last with one panel of columns, or a pair.
INLINE void product_panels(const product *p, size_t first, size_t last, size_t column, const float *left,
                           const float *right, const int rows, const int panels) {
    for (; first < last; first += LANES, left += p->band * LANES) {
        EACH_BLOCK(r, 0, at_most(last - first, LANES), rows,
                   product_block(p, first + r, column, left + r, right, count, panels));
    }
}

// The panel of `count` columns, at most sixteen, of some rows that are `step` floats apart.
INLINE void gather_panel(const float *x, size_t step, size_t rows, size_t count, float *panel) {
    for (size_t k = 0; k < rows; k++) *(lanes *)(panel + k * LANES) = load_columns(x + k * step, count);
}

INLINE void linear(size_t count, size_t inputs, size_t outputs, const float *x, const float *packed,
                   const float *bias, float *y, int relu, const int rows) {
    product p = {count, outputs, inputs, y, outputs, bias, 0, 0, inputs * LANES, relu};
    LINE_ALIGNED float left[PANELS * BAND * LANES];
    for (size_t first = 0; first < p.rows; first += PANELS * LANES) {
        const size_t last = at_most(first + PANELS * LANES, p.rows);
        for (p.first = 0; p.first < p.depth; p.first += BAND) {
            p.band = at_most(p.depth - p.first, BAND);
            for (size_t m = first; m < last; m += LANES)
                transpose_panel(x + m * p.depth + p.first, p.depth, at_most(last - m, LANES), p.band,
                                left + (m - first) * p.band);
            EACH_PANELS(index, panels_of(p.columns), rows,
                        product_panels(&p, first, last, index * LANES, left,
                                       packed + index * p.panel + p.first * LANES, block_rows, block_panels));
        }
    }
}

// Gathers one panel of columns, or a pair, of `b` for the products with the panels of the rows first ..< last.
INLINE void outer_panels(const product *p, size_t first, size_t last, size_t column, const float *left, const float *b,
                         size_t b_step, float *right, const int rows, const int panels) {
    for (size_t i = 0, n = column; i < (size_t)panels; i++, n += LANES)
        gather_panel(b + n, b_step, p->band, at_most(p->columns - n, LANES), right + i * p->panel);
    product_panels(p, first, last, column, left, right, rows, panels);
}

INLINE void outer_products(size_t count, size_t columns, size_t depth, const float *a, size_t a_step, const float *b,
                           size_t b_step, float *c, size_t c_step, const int rows) {
    product p = {count, columns, depth, c, c_step, NULL, 0, 0, BAND * LANES, 0};
    LINE_ALIGNED float left[PANELS * BAND * LANES], right[PAIR * BAND * LANES];
    for (p.first = 0; p.first < p.depth; p.first += BAND, a += BAND * a_step, b += BAND * b_step) {
        p.band = at_most(p.depth - p.first, BAND);
        for (size_t first = 0; first < p.rows; first += PANELS * LANES) {
            const size_t last = at_most(first + PANELS * LANES, p.rows);
            for (size_t m = first; m < last; m += LANES)
                gather_panel(a + m, a_step, p.band, at_most(last - m, LANES), left + (m - first) * p.band);
            EACH_PANELS(index, panels_of(p.columns), rows,
                        outer_panels(&p, first, last, index * LANES, left, b, b_step, right, block_rows, block_panels));
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
