// ReLU, and the column sums that give the gradient of a bias.

#include "CTensor.h"
#include "vectors.h"

INLINE void relu_body(float *y, size_t count) {
    for (size_t i = 0; i < count; i++) y[i] = y[i] < 0 ? 0 : y[i];
}

BY_PROCESSOR(tensor_relu, (float *y, size_t count), relu_body, y, count)

INLINE void relu_backward_body(const float *restrict y, float *restrict gradient, size_t count) {
    for (size_t i = 0; i < count; i++) gradient[i] = y[i] > 0 ? gradient[i] : 0;
}

BY_PROCESSOR(tensor_relu_backward, (const float *restrict y, float *restrict gradient, size_t count),
             relu_backward_body, y, gradient, count)

INLINE void column_sums_body(const float *restrict x, size_t rows, size_t columns, float *restrict sums) {
    for (size_t i = 0; i < columns; i++) sums[i] = 0;
    for (size_t row = 0; row < rows; row++, x += columns)
        for (size_t i = 0; i < columns; i++) sums[i] += x[i];
}

BY_PROCESSOR(tensor_column_sums, (const float *restrict x, size_t rows, size_t columns, float *restrict sums),
             column_sums_body, x, rows, columns, sums)
