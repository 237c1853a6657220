// Training's inner loops over floats. Activations are NHWC; `pixels` counts N x H x W. Loops are vectorized over
// channels or elements; sums are taken in a fixed order.

#ifndef PREP_CTENSOR_H
#define PREP_CTENSOR_H

#include <stddef.h>
#include <stdint.h>

/// Makes the calling thread treat denormal numbers (below 1e-38) as zero. Arithmetic with them is a hundred times
/// slower, and the optimizer's moments of weights without gradient become denormal within an epoch. Returns the
/// thread's previous mode, which the second function restores.
uint64_t tensor_flush_denormals(void);
void tensor_restore_denormals(uint64_t mode);

// MARK: Activations

/// y = max(0, y); NaN stays.
void tensor_relu(float *y, size_t count);

/// Zeroes the gradient where the output is not positive.
void tensor_relu_backward(const float *y, float *gradient, size_t count);

/// The sum of each column, to which that of `sums` is added if `adds`; rows are added one after the other.
void tensor_column_sums(const float *x, size_t rows, size_t columns, int adds, float *sums);

// MARK: Pooling

typedef struct {
    int32_t batch, height, width, channels, window;
} tensor_pool_shape;

/// Maximum over windows that do not overlap; rows and columns that do not fill a window are left out.
/// `chosen` receives the position of each maximum in its window, the first of equals. With `relu`: max(0, maximum).
void tensor_max_pool(tensor_pool_shape shape, const float *input, float *output, uint8_t *chosen, int relu);
void tensor_max_pool_backward(tensor_pool_shape shape, const float *output, const uint8_t *chosen,
                              const float *output_gradient, float *input_gradient, int relu);

// MARK: Convolutions and matrix products
//
// A linear layer is a convolution of 1x1 images with a 1x1 kernel: `batch` counts samples, `channels` inputs,
// `filters` outputs.

typedef struct {
    int32_t batch, height, width, channels;
    /// The padded image. Its border and its channels from `channels` on are not written.
    int32_t padded_height, padded_width, padded_channels;
    /// The image's first row and column within the padded image.
    int32_t top, left;
} tensor_padding;

/// Copies images into padded ones. With a mask, values become 0 where the mask is not positive.
void tensor_pad(const tensor_padding *padding, const float *images, const float *mask, float *padded);

typedef struct {
    /// The padded input; `top` and `bottom` count its rows of zeros.
    int32_t batch, padded_height, padded_width, channels, top, bottom;
    /// The output has rows x columns pixels of `filters` channels. The kernel is square.
    int32_t kernel, rows, columns, filters;
    /// The padded output gradient, its channels a multiple of 16. Only the weight gradient reads it.
    int32_t gradient_height, gradient_width, gradient_channels;
} tensor_convolution_shape;

/// Convolution of padded images, stride 1, then max(0, y) if `relu`. `bias` may be null.
void tensor_convolution(const tensor_convolution_shape *shape, const float *padded, const float *packed,
                        const float *bias, float *output, int relu);

/// The packed weight gradient. `gradient` points to the first pixel inside the border of the padded output gradient,
/// whose channels from `filters` on are zero.
void tensor_convolution_weights(const tensor_convolution_shape *shape, const float *padded,
                                const float *gradient, float *weight_gradient);

typedef struct {
    /// Weights in PyTorch's order, OIHW.
    int32_t filters, channels, kernel;
    /// Channels of the padded output gradient, at least `filters`.
    int32_t padded_filters;
} tensor_weights_shape;

/// Packs weights into panels of sixteen filters, [filters / 16, ky, kx, channel, 16], and unpacks them again. Packing
/// does not write beyond the last filter, so `packed` must be zero there.
void tensor_pack_weights(tensor_weights_shape shape, const float *weights, float *packed);
void tensor_unpack_weights(tensor_weights_shape shape, const float *packed, float *weights);

/// Packs the weights of the filters first ..< last for the input gradient: panels of sixteen channels with the kernel
/// rotated by half a turn, [channels / 16, ky, kx, padded filter, 16].
void tensor_pack_turned(tensor_weights_shape shape, int32_t first, int32_t last, const float *weights,
                        float *packed);

// MARK: Winograd's convolutions
//
// Convolutions with a kernel of 3x3 by tiles of 4x4 outputs, or of 4x4 by tiles of 3x3: 36 products for a tile instead of
// 144. Results differ from those of the direct loops by roundings; an image's do not depend on the images beside it.

/// Whether `tensor_winograd` is faster than `tensor_convolution` for this shape. It does not depend on the batch.
int tensor_winograd_wins(const tensor_convolution_shape *shape);

/// The same for `tensor_winograd_weights`. The batch counts: take the largest that there will be.
int tensor_winograd_weights_wins(const tensor_convolution_shape *shape);

/// Floats of packed weights for a convolution from `inputs` to `outputs` channels.
size_t tensor_winograd_packed(int32_t inputs, int32_t outputs);

/// Transforms weights to panels of sixteen filters, [filters / 16, point, channel, 16]. The last panel has the last
/// sixteen filters, also those that the panel before has.
void tensor_winograd_pack(tensor_weights_shape shape, const float *weights, float *packed);

/// Transforms weights for the input gradient, with the kernel rotated by half a turn: panels of sixteen channels,
/// [channels / 16, point, padded filter, 16], `tensor_winograd_packed(padded_filters, channels)` floats. What
/// belongs to padded filters beyond the last filter is not written, so `packed` must be zero there.
void tensor_winograd_pack_turned(tensor_weights_shape shape, const float *weights, float *packed);

/// Floats of `scratch` for `tensor_winograd`. It does not depend on the batch.
size_t tensor_winograd_scratch(const tensor_convolution_shape *shape);

/// `tensor_convolution` with transformed weights. `scratch` should be aligned to 64 bytes; its values do not matter.
void tensor_winograd(const tensor_convolution_shape *shape, const float *padded, const float *packed,
                     const float *bias, float *output, int relu, float *scratch);

/// Floats of `scratch` for `tensor_winograd_weights`. It does not depend on the batch.
size_t tensor_winograd_weights_scratch(const tensor_convolution_shape *shape);

/// `tensor_convolution_weights`, with the same result: the packed gradient of the plain weights.
void tensor_winograd_weights(const tensor_convolution_shape *shape, const float *padded, const float *gradient,
                             float *weight_gradient, float *scratch);

/// A linear layer: `rows` rows of `outputs` values y = x Wᵀ + bias, then max(0, y) if `relu`. W is packed as a kernel of 1x1;
/// `bias` may be null.
void tensor_linear(size_t rows, size_t inputs, size_t outputs, const float *x, const float *packed, const float *bias,
                   float *y, int relu);

/// C[m, n] = sum over k of A[k, m] B[k, n], all row-major, each with rows its `step` floats apart.
void tensor_outer_products(size_t rows, size_t columns, size_t depth, const float *a, size_t a_step,
                           const float *b, size_t b_step, float *c, size_t c_step);

// MARK: First convolution

typedef struct {
    /// Row length of the padded image; the pooled output has rows x columns pixels.
    int32_t padded_width, rows, columns;
    /// Output channels, a multiple of 16, and the side of the square kernel, 2 to 5.
    int32_t channels, kernel;
} tensor_first_shape;

/// Convolution of one gray image, ReLU, and the maximum over 2x2 windows. Weights are [ky, kx, channel].
void tensor_first_forward(tensor_first_shape shape, const float *image, const float *weights,
                          const float *bias, float *output, uint8_t *chosen);

/// Adds one image's share to the gradients of weights and bias. `gradient` is that of the pooled output.
void tensor_first_backward(tensor_first_shape shape, const float *image, const float *output,
                           const uint8_t *chosen, const float *gradient, float *weight_gradient,
                           float *bias_gradient);

// MARK: Dropout

/// Fills `mask` with 255 for kept and 0 for dropped elements, by 16 random bits each. The bits are Philox4x32-10 with
/// this key and `sample` as the upper half of the counter. With B = count / 8 rounded up, element i takes half-word
/// i / B of block i mod B.
void tensor_dropout_mask(uint64_t key, uint64_t sample, uint32_t threshold, uint8_t *mask, size_t count);

/// x = mask ? x * scale : 0.
void tensor_apply_mask(float *x, const uint8_t *mask, float scale, size_t count);

// MARK: Batch normalization

/// Two sums for each channel over the pixels of a micro-batch, to which some images are added at a time. Their order, and so
/// every bit, does not depend on how many.
typedef struct {
    size_t channels;
    /// Pixels so far; zero at first, as all sums.
    size_t pixels;
    /// Of the last few pixels, and of those before: the first sums, then the second ones, each for the number of channels
    /// rounded up to a multiple of 16.
    float *runs;
    double *totals;
} tensor_channel_sums;

/// Adds images for `tensor_moments`. `origin` are the channels of the micro-batch's first pixel: differences from it avoid
/// cancellation if the mean is large.
void tensor_add_moments(tensor_channel_sums *sums, const float *x, const float *origin, size_t pixels);

/// Mean and biased variance of each channel.
void tensor_moments(const tensor_channel_sums *sums, const float *origin, float *mean, float *variance);

typedef struct {
    size_t channels;
    /// The micro-batch's or, when evaluating, the running ones; then 1 / sqrt(variance + epsilon), for the gradient.
    const float *mean, *inverse_deviation;
} tensor_normalization;

/// y = (x - mean) * scale + shift per channel, then max(0, y) if `relu`.
void tensor_normalize(const tensor_normalization *normalization, const float *x, size_t pixels, const float *scale,
                      const float *shift, int relu, float *y);

/// Adds images for `tensor_slopes`. Zeroes the output gradient where the output `y` is not positive; `y` is null without ReLU.
void tensor_add_slopes(tensor_channel_sums *sums, const float *x, const float *mean, const float *y, float *gradient,
                       size_t pixels);

/// Gradients of gamma and beta.
void tensor_slopes(const tensor_channel_sums *sums, const float *inverse_deviation, float *gamma_gradient,
                   float *beta_gradient);

/// The gradient of some of the `all` pixels of a micro-batch from what `tensor_add_slopes` left as output gradient. `target`
/// says how many images these are and how they are padded.
void tensor_normalize_backward(const tensor_normalization *normalization, const float *x, const float *gradient,
                               size_t all, const float *gamma, const float *gamma_gradient,
                               const float *beta_gradient, const tensor_padding *target, float *padded);

// MARK: Parameters

/// out = the sum of `count` arrays of `length` floats that lie `stride` floats apart, added in order.
void tensor_sum_parts(const float *parts, size_t stride, size_t count, size_t length, float *out);

/// PyTorch's SGD: g += decay * w; v = momentum * v + g; w -= rate * (nesterov ? g + momentum * v : v).
void tensor_sgd(float *w, float *v, const float *g, size_t count, float rate, float momentum, float decay,
                int nesterov);

typedef struct {
    float rate, beta1, beta2, epsilon;
    /// Weight decay: added to the gradient (Adam) or, if decoupled, subtracted from the weight (AdamW).
    float decay;
    int32_t decoupled;
    /// 1 - beta1^t, sqrt(1 - beta2^t).
    float correction1, correction2;
} tensor_adam_step;

/// PyTorch's Adam and AdamW.
void tensor_adam(float *w, float *m, float *v, const float *g, size_t count, tensor_adam_step step);

/// average += (w - average) * share.
void tensor_average(float *average, const float *w, size_t count, float share);

#endif
