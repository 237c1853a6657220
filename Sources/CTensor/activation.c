// ReLU, and the column sums that give the gradient of a bias.

#include "CTensor.h"
#include "channels.h"

INLINE void relu_body(float *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = y[i] < 0 ? 0 : y[i];
}

BY_PROCESSOR(tensor_relu, (float *y, size_t count), relu_body, y, count)

INLINE void relu_backward_body(const float *restrict y, float *restrict gradient, size_t count) {
    for (size_t i = 0; i < count; i++) gradient[i] = y[i] > 0 ? gradient[i] : 0;
}

BY_PROCESSOR(tensor_relu_backward, (const float *restrict y, float *restrict gradient, size_t count),
             relu_backward_body, y, gradient, count)

// Sums the columns of some vectors, of which the last has `count`.
INLINE void sum_columns(const float *x, size_t rows, size_t step, size_t count, float *sums, int adds,
                        const int vectors) {
    lanes all[MOST_VECTORS] = {0};
    EACH_ROW for (int v = 0; adds && v < vectors; v++) all[v] = load_columns(sums + (size_t)v * LANES, count);
    for (; rows > 0; rows--, x += step)
        EACH_ROW for (int v = 0; v < vectors; v++) all[v] += load_columns(x + (size_t)v * LANES, count);
    EACH_ROW for (int v = 0; v < vectors; v++) store_columns(all[v], sums + (size_t)v * LANES, count);
}

INLINE void column_sums_body(const float *x, size_t rows, size_t columns, int adds, float *sums) {
    EACH_CHANNELS(c, columns, sum_columns(x + c, rows, columns, count, sums + c, adds, vectors));
}

BY_PROCESSOR(tensor_column_sums, (const float *x, size_t rows, size_t columns, int adds, float *sums),
             column_sums_body, x, rows, columns, adds, sums)
