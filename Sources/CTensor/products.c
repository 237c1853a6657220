// Sums of outer products: the weight gradient of a linear layer over a whole batch.

#include "CTensor.h"
#include "blocks.h"

// Rows of B that are copied side by side for a panel of C: read in place, their stride would map them to few sets of
// the cache.
enum { BAND = 256 };

// Rows of A's transpose, and the rows of C that they produce.
typedef struct {
    const float *a;
    size_t a_step;
    float *c;
    size_t c_step;
} product;

// Computes `rows` rows and `count` columns of C from `depth` gathered rows of B. The sum is added to C, or stored if
// `is_first`.
INLINE void product_block(product p, size_t depth, const float *b, size_t count, int is_first, const int rows) {
    lanes sums[MOST_ROWS];
    EACH_ROW for (int r = 0; r < rows; r++)
        sums[r] = is_first ? (lanes)0 : load_columns(p.c + (size_t)r * p.c_step, count);
    for (size_t k = 0; k < depth; k++, p.a += p.a_step, b += LANES) {
        const lanes right = *(const lanes *)b;
        EACH_ROW for (int r = 0; r < rows; r++) sums[r] += right * p.a[r];
    }
    EACH_ROW for (int r = 0; r < rows; r++) store_columns(sums[r], p.c + (size_t)r * p.c_step, count);
}

INLINE product below(product p, size_t rows) {
    return (product){p.a + rows, p.a_step, p.c + rows * p.c_step, p.c_step};
}

// Computes `count` columns of C, at most sixteen.
INLINE void product_panel(product p, size_t rows, size_t depth, const float *b, size_t b_step, size_t count,
                          const int block) {
    LINE_ALIGNED float gathered[BAND * LANES];
    for (size_t first = 0; first < depth; first += BAND, p.a += BAND * p.a_step) {
        const size_t band = at_most(depth - first, BAND);
        for (size_t k = 0; k < band; k++, b += b_step) *(lanes *)(gathered + k * LANES) = load_columns(b, count);
        size_t m = 0;
        for (; m + (size_t)block <= rows; m += (size_t)block)
            product_block(below(p, m), band, gathered, count, first == 0, block);
        for (; m + FEW_ROWS <= rows; m += FEW_ROWS)
            product_block(below(p, m), band, gathered, count, first == 0, FEW_ROWS);
        for (; m < rows; m++) product_block(below(p, m), band, gathered, count, first == 0, 1);
    }
}

INLINE void products(size_t rows, size_t columns, size_t depth, const float *a, size_t a_step, const float *b,
                     size_t b_step, float *c, size_t c_step, const int block) {
    size_t n = 0;
    for (; n + LANES <= columns; n += LANES)
        product_panel((product){a, a_step, c + n, c_step}, rows, depth, b + n, b_step, LANES, block);
    if (n < columns)
        product_panel((product){a, a_step, c + n, c_step}, rows, depth, b + n, b_step, columns - n, block);
}

BY_ROWS(tensor_outer_products,
        (size_t rows, size_t columns, size_t depth, const float *a, size_t a_step, const float *b, size_t b_step,
         float *c, size_t c_step),
        products, rows, columns, depth, a, a_step, b, b_step, c, c_step)
