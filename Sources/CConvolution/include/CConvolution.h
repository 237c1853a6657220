// Convolutions and matrix products by oneDNN, one thread at a time. The only code that knows oneDNN's
// interface, which changed between 2 and 3; both are served.
//
// Activations are NHWC floats, weights OIHW floats as PyTorch keeps them. For speed oneDNN wants weights in
// orders of its own, which depend on the pass: `pack` makes those. Functions return 0 or oneDNN's status.

#ifndef PREP_CCONVOLUTION_H
#define PREP_CCONVOLUTION_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    int32_t batch, in_channels, in_height, in_width;
    int32_t out_channels, kernel_height, kernel_width;
    int32_t pad_top, pad_left, pad_bottom, pad_right;
} convolution_shape;

/// A convolution of one shape, stride 1. Not for two threads at once.
typedef struct convolution convolution;

/// The orders of weights.
typedef enum {
    convolution_for_forward = 0,
    convolution_for_input_gradient = 1,
    convolution_weight_gradient = 2,
} convolution_order;

/// Makes oneDNN use only the calling thread in it. Per thread, before anything else here.
void convolution_use_one_thread(void);

/// - fused_relu: forward applies max(0, y) to its output
/// - input_gradient: whether that pass will be asked for
int convolution_create(const convolution_shape *shape, int fused_relu, int input_gradient,
                       convolution **result);
void convolution_destroy(convolution *);

/// Bytes of weights in one of oneDNN's orders.
size_t convolution_packed_bytes(const convolution *, convolution_order order);

/// From OIHW to `order`.
int convolution_pack(convolution *, convolution_order order, const float *weights, float *packed);

/// A weight gradient from oneDNN's order to OIHW.
int convolution_unpack_gradient(convolution *, const float *packed, float *gradient);

int convolution_forward(convolution *, const float *input, const float *packed, const float *bias,
                        float *output);
int convolution_backward_input(convolution *, const float *output_gradient, const float *packed,
                               float *input_gradient);
/// Overwrites both gradients.
int convolution_backward_weights(convolution *, const float *input, const float *output_gradient,
                                 float *packed_gradient, float *bias_gradient);

/// C = op(A) op(B) + beta C for row-major matrices, op being 'N' or 'T'; C is rows x columns.
int matrix_product(char op_a, char op_b, int64_t rows, int64_t columns, int64_t depth, const float *a,
                   int64_t a_stride, const float *b, int64_t b_stride, float beta, float *c,
                   int64_t c_stride);

#endif
