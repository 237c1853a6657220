// The first convolution of a network of gray images, with the ReLU and the pooling after it, in one pass.
//
// With one input channel, a convolution takes few multiply-adds per pixel, and its output is the largest of the
// network but is read only once. So it is never written: each 2x2 window is computed in registers, pooled, and
// stored as maximum and position. The backward pass stays in registers too. Channels are vector lanes, pixels are
// broadcast.

#include "CTensor.h"
#include "blocks.h"
#include <string.h>

// For sixteen channels, one per lane.
typedef int32_t positions __attribute__((ext_vector_type(16), aligned(4)));
typedef uint8_t bytes __attribute__((ext_vector_type(16), aligned(1)));

INLINE void
forward_group(tensor_first_shape s, const float *restrict image, const float *restrict weights,
              const float *restrict bias, float *restrict output, uint8_t *restrict chosen, const int kernel) {
    const size_t channels = (size_t)s.channels, row = (size_t)s.padded_width;
    lanes w[kernel * kernel];
    for (int k = 0; k < kernel * kernel; k++) w[k] = *(const lanes *)(weights + (size_t)k * channels);
    const lanes start = *(const lanes *)bias;
    for (int32_t oy = 0; oy < s.rows; oy++) {
        for (int32_t ox = 0; ox < s.columns; ox++) {
            const float *x = image + (size_t)(2 * oy) * row + (size_t)(2 * ox);
            lanes sums[4] = {start, start, start, start};
            for (int ky = 0; ky < kernel; ky++)
                for (int kx = 0; kx < kernel; kx++)
                    for (int j = 0; j < 4; j++)
                        sums[j] += w[ky * kernel + kx] * x[(size_t)(ky + j / 2) * row + (size_t)(kx + j % 2)];
            lanes best = sums[0];
            positions place = 0;
            for (int j = 1; j < 4; j++) {
                const positions larger = sums[j] > best;
                place = larger ? (positions)j : place;
                best = larger ? sums[j] : best;
            }
            const size_t at = ((size_t)oy * (size_t)s.columns + (size_t)ox) * channels;
            *(lanes *)(output + at) = best < 0 ? (lanes)0 : best;
            *(bytes *)(chosen + at) = __builtin_convertvector(place, bytes);
        }
    }
}

INLINE void
backward_group(tensor_first_shape s, const float *restrict image, const float *restrict output,
               const uint8_t *restrict chosen, const float *restrict gradient, float *restrict weight_gradient,
               float *restrict bias_gradient, const int kernel) {
    const size_t channels = (size_t)s.channels, row = (size_t)s.padded_width;
    lanes sums[kernel * kernel];
    for (int k = 0; k < kernel * kernel; k++) sums[k] = *(lanes *)(weight_gradient + (size_t)k * channels);
    lanes bias = *(lanes *)bias_gradient;
    for (int32_t oy = 0; oy < s.rows; oy++) {
        for (int32_t ox = 0; ox < s.columns; ox++) {
            const float *x = image + (size_t)(2 * oy) * row + (size_t)(2 * ox);
            const size_t at = ((size_t)oy * (size_t)s.columns + (size_t)ox) * channels;
            const lanes slope =
                *(const lanes *)(output + at) > 0 ? *(const lanes *)(gradient + at) : (lanes)0;
            const positions place = __builtin_convertvector(*(const bytes *)(chosen + at), positions);
            bias += slope;
            for (int j = 0; j < 4; j++) {
                const lanes part = place == (positions)j ? slope : (lanes)0;
                for (int ky = 0; ky < kernel; ky++)
                    for (int kx = 0; kx < kernel; kx++)
                        sums[ky * kernel + kx] +=
                            part * x[(size_t)(ky + j / 2) * row + (size_t)(kx + j % 2)];
            }
        }
    }
    for (int k = 0; k < kernel * kernel; k++) *(lanes *)(weight_gradient + (size_t)k * channels) = sums[k];
    *(lanes *)bias_gradient = bias;
}

#define FOR_KERNEL(CALL)                                                                                     \
    switch (s.kernel) {                                                                                      \
    case 2: CALL(2); break;                                                                                  \
    case 3: CALL(3); break;                                                                                  \
    case 4: CALL(4); break;                                                                                  \
    default: CALL(5); break;                                                                                 \
    }

INLINE void first_forward_body(tensor_first_shape s, const float *image, const float *weights, const float *bias,
                               float *output, uint8_t *chosen) {
    for (size_t c = 0; c < (size_t)s.channels; c += LANES) {
#define CALL(K) forward_group(s, image, weights + c, bias + c, output + c, chosen + c, K)
        FOR_KERNEL(CALL)
#undef CALL
    }
}

BY_PROCESSOR(tensor_first_forward, (tensor_first_shape s, const float *image, const float *weights,
                                    const float *bias, float *output, uint8_t *chosen),
             first_forward_body, s, image, weights, bias, output, chosen)

INLINE void first_backward_body(tensor_first_shape s, const float *image, const float *output,
                                const uint8_t *chosen, const float *gradient, float *weight_gradient,
                                float *bias_gradient) {
    for (size_t c = 0; c < (size_t)s.channels; c += LANES) {
#define CALL(K)                                                                                              \
    backward_group(s, image, output + c, chosen + c, gradient + c, weight_gradient + c, bias_gradient + c, K)
        FOR_KERNEL(CALL)
#undef CALL
    }
}

BY_PROCESSOR(tensor_first_backward, (tensor_first_shape s, const float *image, const float *output,
                                     const uint8_t *chosen, const float *gradient, float *weight_gradient,
                                     float *bias_gradient),
             first_backward_body, s, image, output, chosen, gradient, weight_gradient, bias_gradient)
