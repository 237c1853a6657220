// Convolution of a micro-batch, stride 1, by blocks of registers.
//
// In NHWC, the inputs that an output pixel reads in one kernel row are adjacent: a run of kernel x channels floats.
// So a convolution is a matrix product whose left rows are these runs, read in place.
// The input gradient is the convolution of the padded output gradient with the kernel rotated by half a turn.
// The weight gradient is a matrix product that sums over pixels.

#include "CTensor.h"
#include "blocks.h"

// BAND_PIXELS output pixels at most, with BAND_FLOATS inputs, are summed before a weight gradient is stored: they
// should fit in the first-level cache. CHUNK_FLOATS of padded images go through all filters before the next images:
// they should fit in the second-level cache.
enum { BAND_PIXELS = 192, BAND_FLOATS = 6 << 10, CHUNK_FLOATS = 1 << 15 };

// A row of output pixels: its image in the micro-batch, and its row in that image.
typedef struct {
    size_t image, y;
} position;

INLINE position position_of(const tensor_convolution_shape *s, size_t row) {
    return (position){row / (size_t)s->rows, row % (size_t)s->rows};
}

INLINE position next_row(const tensor_convolution_shape *s, position p) {
    return p.y + 1 < (size_t)s->rows ? (position){p.image, p.y + 1} : (position){p.image + 1, 0};
}

// The kernel rows that a block of pixels needs, first ..< last. The others lie in the zeros of the border for all of
// its pixels.
typedef struct {
    size_t first, last;
} kernel_rows;

// Finds where `count` output pixels begin to read in their first kernel row, and the kernel rows that they need.
INLINE kernel_rows find_runs(const tensor_convolution_shape *s, size_t pixel, size_t *runs, const int count) {
    position at = position_of(s, pixel / (size_t)s->columns);
    size_t x = pixel % (size_t)s->columns, lowest = at.y, highest = at.y;
    EACH_ROW for (int r = 0; r < count; r++) {
        lowest = at_most(lowest, at.y);
        highest = highest > at.y ? highest : at.y;
        const size_t row = at.image * (size_t)s->padded_height + at.y;
        runs[r] = (row * (size_t)s->padded_width + x) * (size_t)s->channels;
        if (++x == (size_t)s->columns) {
            x = 0;
            at = next_row(s, at);
        }
    }
    const size_t top = (size_t)s->top, end = (size_t)s->padded_height - (size_t)s->bottom;
    return (kernel_rows){top > highest ? top - highest : 0, at_most((size_t)s->kernel, end - at_most(end, lowest))};
}

// Computes sixteen filters for the output pixels first ..< first + pixels.
INLINE void forward_block(const tensor_convolution_shape *s, const float *padded, const float *weights, lanes bias,
                          float *output, size_t first, size_t filter, int relu, const int pixels) {
    const size_t run = (size_t)s->kernel * (size_t)s->channels, filters = (size_t)s->filters;
    const size_t pitch = (size_t)s->padded_width * (size_t)s->channels;
    size_t runs[MOST_ROWS];
    lanes sums[MOST_ROWS];
    const kernel_rows rows = find_runs(s, first, runs, pixels);
    EACH_ROW for (int r = 0; r < pixels; r++) sums[r] = bias;
    padded += rows.first * pitch;
    weights += rows.first * run * LANES;
    for (size_t ky = rows.first; ky < rows.last; ky++, padded += pitch) {
        for (size_t k = 0; k < run; k++, weights += LANES) {
            const lanes w = *(const lanes *)weights;
            EACH_ROW for (int r = 0; r < pixels; r++) sums[r] += w * padded[runs[r] + k];
        }
    }
    const size_t count = at_most(filters - filter, LANES);
    EACH_ROW for (int r = 0; r < pixels; r++) {
        const lanes sum = relu ? rectified(sums[r]) : sums[r];
        store_columns(sum, output + (first + (size_t)r) * filters + filter, count);
    }
}

// Computes sixteen filters for the output pixels first ..< last.
INLINE void forward_panel(const tensor_convolution_shape *s, const float *padded, const float *weights, lanes bias,
                          float *output, size_t first, size_t last, size_t filter, int relu, const int rows) {
    for (; first + (size_t)rows <= last; first += (size_t)rows)
        forward_block(s, padded, weights, bias, output, first, filter, relu, rows);
    for (; first + FEW_ROWS <= last; first += FEW_ROWS)
        forward_block(s, padded, weights, bias, output, first, filter, relu, FEW_ROWS);
    for (; first < last; first++) forward_block(s, padded, weights, bias, output, first, filter, relu, 1);
}

INLINE void forward(const tensor_convolution_shape *s, const float *padded, const float *packed, const float *bias,
                    float *output, int relu, const int rows) {
    const size_t pixels = (size_t)s->rows * (size_t)s->columns, filters = (size_t)s->filters;
    const size_t panel = (size_t)s->kernel * (size_t)s->kernel * (size_t)s->channels * LANES;
    const size_t image = (size_t)s->padded_height * (size_t)s->padded_width * (size_t)s->channels;
    const size_t images = CHUNK_FLOATS / image + 1, batch = (size_t)s->batch;
    for (size_t first = 0; first < batch; first += images) {
        const size_t last = at_most(first + images, batch);
        for (size_t filter = 0; filter < filters; filter += LANES) {
            const lanes start = bias ? load_columns(bias + filter, at_most(filters - filter, LANES)) : (lanes)0;
            forward_panel(s, padded, packed + filter / LANES * panel, start, output, first * pixels, last * pixels,
                          filter, relu, rows);
        }
    }
}

// Rows of output pixels that a weight gradient is summed over, and the output gradients of those pixels for sixteen
// filters, copied side by side: read in place, their stride would map them to few sets of the cache.
typedef struct {
    size_t first, last;
    const float *gradients;
} band;

INLINE void gather(const tensor_convolution_shape *s, const float *gradient, size_t first, size_t last, float *panel) {
    const size_t step = (size_t)s->gradient_channels;
    position at = position_of(s, first);
    for (size_t row = first; row < last; row++, at = next_row(s, at)) {
        const float *dy =
            gradient + (at.image * (size_t)s->gradient_height + at.y) * (size_t)s->gradient_width * step;
        for (int32_t column = 0; column < s->columns; column++, dy += step, panel += LANES)
            *(lanes *)panel = *(const lanes *)dy;
    }
}

// Sums the gradients of `count` weights of kernel row `ky` over a band, for sixteen filters.
INLINE void weights_block(const tensor_convolution_shape *s, const float *padded, band b, float *weight_gradient,
                          size_t ky, const int count) {
    const size_t channels = (size_t)s->channels;
    const float *dy = b.gradients;
    lanes sums[MOST_ROWS];
    EACH_ROW for (int r = 0; r < count; r++)
        sums[r] = b.first ? *(const lanes *)(weight_gradient + (size_t)r * LANES) : (lanes)0;
    position at = position_of(s, b.first);
    for (size_t row = b.first; row < b.last; row++, at = next_row(s, at)) {
        const size_t y = at.y + ky;
        if (y < (size_t)s->top || y >= (size_t)s->padded_height - (size_t)s->bottom) {
            dy += (size_t)s->columns * LANES;
            continue;
        }
        const float *x = padded + (at.image * (size_t)s->padded_height + y) * (size_t)s->padded_width * channels;
        add_products(sums, x, channels, dy, (size_t)s->columns, count);
        dy += (size_t)s->columns * LANES;
    }
    EACH_ROW for (int r = 0; r < count; r++) *(lanes *)(weight_gradient + (size_t)r * LANES) = sums[r];
}

// Does the same for all weights of kernel row `ky`. Returns the end of their gradients.
INLINE float *weights_row(const tensor_convolution_shape *s, const float *padded, band b, float *target, size_t ky,
                          const int rows) {
    const size_t run = (size_t)s->kernel * (size_t)s->channels;
    size_t k = 0;
    for (; k + (size_t)rows <= run; k += (size_t)rows, target += rows * LANES)
        weights_block(s, padded + k, b, target, ky, rows);
    for (; k + FEW_ROWS <= run; k += FEW_ROWS, target += FEW_ROWS * LANES)
        weights_block(s, padded + k, b, target, ky, FEW_ROWS);
    for (; k < run; k++, target += LANES) weights_block(s, padded + k, b, target, ky, 1);
    return target;
}

INLINE void weights(const tensor_convolution_shape *s, const float *padded, const float *gradient,
                    float *weight_gradient, const int rows) {
    const size_t total = (size_t)s->batch * (size_t)s->rows, columns = (size_t)s->columns;
    const size_t pixels = at_most(BAND_PIXELS, BAND_FLOATS / (size_t)s->channels), step = pixels / columns + 1;
    LINE_ALIGNED float panel[step * columns * LANES];
    for (size_t first = 0; first < total; first += step) {
        const band b = {first, at_most(first + step, total), panel};
        float *target = weight_gradient;
        for (size_t filter = 0; filter < (size_t)s->filters; filter += LANES) {
            gather(s, gradient + filter, b.first, b.last, panel);
            for (size_t ky = 0; ky < (size_t)s->kernel; ky++) target = weights_row(s, padded, b, target, ky, rows);
        }
    }
}

BY_ROWS(tensor_convolution,
        (const tensor_convolution_shape *shape, const float *padded, const float *packed, const float *bias,
         float *output, int relu),
        forward, shape, padded, packed, bias, output, relu)

BY_ROWS(tensor_convolution_weights,
        (const tensor_convolution_shape *shape, const float *padded, const float *gradient, float *weight_gradient),
        weights, shape, padded, gradient, weight_gradient)
