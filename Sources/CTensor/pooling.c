// Max pooling fused with ReLU: the maximum of rectified values is the rectified maximum, so ReLU has only the pooled
// values to change, and the unpooled ones are read once.

#include "CTensor.h"
#include "vectors.h"
#include <string.h>

// One output pixel: all channels of a window. `window` is a constant where this is inlined.
INLINE void
pool_pixel(const float *restrict x, size_t row, size_t channels, int window, float *restrict y,
           uint8_t *restrict chosen, int relu) {
    for (size_t c = 0; c < channels; c++) {
        float best = x[c];
        int32_t position = 0;
        for (int j = 1; j < window * window; j++) {
            float value = x[(size_t)(j / window) * row + (size_t)(j % window) * channels + c];
            position = value > best ? j : position;
            best = value > best ? value : best;
        }
        y[c] = relu && best < 0 ? 0 : best;
        chosen[c] = (uint8_t)position;
    }
}

INLINE void
pool(tensor_pool_shape s, const float *x, float *y, uint8_t *chosen, int window, int relu) {
    const size_t channels = (size_t)s.channels, row = (size_t)s.width * channels;
    for (int32_t n = 0; n < s.batch; n++, x += (size_t)s.height * row)
        for (int32_t oy = 0; oy < s.height / window; oy++)
            for (int32_t ox = 0; ox < s.width / window; ox++, y += channels, chosen += channels)
                pool_pixel(x + (size_t)(oy * window) * row + (size_t)(ox * window) * channels, row, channels,
                           window, y, chosen, relu);
}

INLINE void max_pool_body(tensor_pool_shape shape, const float *input, float *output, uint8_t *chosen, int relu) {
    if (shape.window == 2 && relu) pool(shape, input, output, chosen, 2, 1);
    else if (shape.window == 2) pool(shape, input, output, chosen, 2, 0);
    else pool(shape, input, output, chosen, shape.window, relu);
}

BY_PROCESSOR(tensor_max_pool, (tensor_pool_shape shape, const float *input, float *output, uint8_t *chosen, int relu),
             max_pool_body, shape, input, output, chosen, relu)

INLINE void
spread_pixel(float *restrict dx, size_t row, size_t channels, int window, const float *restrict y,
             const uint8_t *restrict chosen, const float *restrict dy, int relu) {
    for (size_t c = 0; c < channels; c++) {
        float gradient = relu && !(y[c] > 0) ? 0 : dy[c];
        int32_t position = chosen[c];
        for (int j = 0; j < window * window; j++)
            dx[(size_t)(j / window) * row + (size_t)(j % window) * channels + c] =
                position == j ? gradient : 0;
    }
}

INLINE void
spread(tensor_pool_shape s, const float *y, const uint8_t *chosen, const float *dy, float *dx, int window,
       int relu) {
    const size_t channels = (size_t)s.channels, row = (size_t)s.width * channels;
    const int32_t rows = s.height / window, columns = s.width / window;
    const size_t covered = (size_t)columns * window * channels;
    for (int32_t n = 0; n < s.batch; n++, dx += (size_t)s.height * row) {
        for (int32_t oy = 0; oy < rows; oy++)
            for (int32_t ox = 0; ox < columns; ox++, y += channels, chosen += channels, dy += channels)
                spread_pixel(dx + (size_t)(oy * window) * row + (size_t)(ox * window) * channels, row,
                             channels, window, y, chosen, dy, relu);
        // Pixels outside all windows have no gradient.
        for (int32_t iy = 0; iy < s.height; iy++) {
            size_t start = iy < rows * window ? covered : 0;
            memset(dx + (size_t)iy * row + start, 0, (row - start) * sizeof(float));
        }
    }
}

INLINE void max_pool_backward_body(tensor_pool_shape shape, const float *output, const uint8_t *chosen,
                                   const float *output_gradient, float *input_gradient, int relu) {
    if (shape.window == 2 && relu) spread(shape, output, chosen, output_gradient, input_gradient, 2, 1);
    else if (shape.window == 2) spread(shape, output, chosen, output_gradient, input_gradient, 2, 0);
    else spread(shape, output, chosen, output_gradient, input_gradient, shape.window, relu);
}

BY_PROCESSOR(tensor_max_pool_backward, (tensor_pool_shape shape, const float *output, const uint8_t *chosen,
                                        const float *output_gradient, float *input_gradient, int relu),
             max_pool_backward_body, shape, output, chosen, output_gradient, input_gradient, relu)
