// Sums of outer products: the weight gradient of a linear layer over a whole batch.

#include "CTensor.h"
#include "blocks.h"

typedef struct {
    const float *data;
    size_t step;
} matrix;

// `rows` rows and `count` columns of C.
INLINE void product_block(size_t depth, matrix a, matrix b, float *c, size_t c_step, size_t count, const int rows) {
    lanes sums[MOST_ROWS];
    EACH_ROW for (int r = 0; r < rows; r++) sums[r] = 0;
    for (size_t k = 0; k < depth; k++, a.data += a.step, b.data += b.step) {
        const lanes right = load_columns(b.data, count);
        EACH_ROW for (int r = 0; r < rows; r++) sums[r] += right * a.data[r];
    }
    EACH_ROW for (int r = 0; r < rows; r++) store_columns(sums[r], c + (size_t)r * c_step, count);
}

// Sixteen columns of C, or `count`: the panel of B stays in a first-level cache.
INLINE void product_panel(size_t rows, size_t depth, matrix a, matrix b, float *c, size_t c_step, size_t count,
                          const int block) {
    size_t m = 0;
    for (; m + (size_t)block <= rows; m += (size_t)block)
        product_block(depth, (matrix){a.data + m, a.step}, b, c + m * c_step, c_step, count, block);
    for (; m + FEW_ROWS <= rows; m += FEW_ROWS)
        product_block(depth, (matrix){a.data + m, a.step}, b, c + m * c_step, c_step, count, FEW_ROWS);
    for (; m < rows; m++) product_block(depth, (matrix){a.data + m, a.step}, b, c + m * c_step, c_step, count, 1);
}

INLINE void products(size_t rows, size_t columns, size_t depth, const float *a, size_t a_step, const float *b,
                     size_t b_step, float *c, size_t c_step, const int block) {
    size_t n = 0;
    for (; n + LANES <= columns; n += LANES)
        product_panel(rows, depth, (matrix){a, a_step}, (matrix){b + n, b_step}, c + n, c_step, LANES, block);
    if (n < columns)
        product_panel(rows, depth, (matrix){a, a_step}, (matrix){b + n, b_step}, c + n, c_step, columns - n, block);
}

BY_ROWS(tensor_outer_products,
        (size_t rows, size_t columns, size_t depth, const float *a, size_t a_step, const float *b, size_t b_step,
         float *c, size_t c_step),
        products, rows, columns, depth, a, a_step, b, b_step, c, c_step)
