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
enum { BAND_PIXELS = 96, BAND_FLOATS = 6 << 10, CHUNK_FLOATS = 1 << 15 };

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

// Computes sixteen filters, or twice as many, for the output pixels first ..< first + pixels.
INLINE void forward_block(const tensor_convolution_shape *s, const float *padded, const float *weights,
                          const float *bias, float *output, size_t first, size_t filter, int relu, const int pixels,
                          const int panels) {
    const size_t run = (size_t)s->kernel * (size_t)s->channels, filters = (size_t)s->filters;
    const size_t pitch = (size_t)s->padded_width * (size_t)s->channels, panel = (size_t)s->kernel * run * LANES;
    size_t runs[MOST_ROWS];
    block_sums sums;
    const kernel_rows rows = find_runs(s, first, runs, pixels);
    EACH_ROW for (int p = 0; p < panels; p++) {
        const size_t f = filter + (size_t)p * LANES;
        const lanes start = bias ? load_columns(bias + f, at_most(filters - f, LANES)) : (lanes)0;
        EACH_ROW for (int r = 0; r < pixels; r++) sums[p][r] = start;
    }
    padded += rows.first * pitch;
    weights += rows.first * run * LANES;
    for (size_t ky = rows.first; ky < rows.last; ky++, padded += pitch) {
        for (size_t k = 0; k < run; k++, weights += LANES) {
            lanes w[PAIR];
            EACH_ROW for (int p = 0; p < panels; p++) w[p] = *(const lanes *)(weights + (size_t)p * panel);
            EACH_ROW for (int r = 0; r < pixels; r++) {
                const float value = padded[runs[r] + k];
                EACH_ROW for (int p = 0; p < panels; p++) sums[p][r] += w[p] * value;
            }
        }
    }
    EACH_ROW for (int p = 0; p < panels; p++) {
        const size_t f = filter + (size_t)p * LANES, count = at_most(filters - f, LANES);
        EACH_ROW for (int r = 0; r < pixels; r++) {
            const lanes sum = relu ? rectified(sums[p][r]) : sums[p][r];
            store_columns(sum, output + (first + (size_t)r) * filters + f, count);
        }
    }
}

// Computes sixteen filters, or twice as many, for the output pixels first ..< last.
INLINE void forward_panels(const tensor_convolution_shape *s, const float *padded, const float *weights,
                           const float *bias, float *output, size_t first, size_t last, size_t filter, int relu,
                           const int rows, const int panels) {
    EACH_BLOCK(pixel, first, last, rows,
               forward_block(s, padded, weights, bias, output, pixel, filter, relu, count, panels));
}

INLINE void forward(const tensor_convolution_shape *s, const float *padded, const float *packed, const float *bias,
                    float *output, int relu, const int rows) {
    const size_t pixels = (size_t)s->rows * (size_t)s->columns;
    const size_t panel = (size_t)s->kernel * (size_t)s->kernel * (size_t)s->channels * LANES;
    const size_t image = (size_t)s->padded_height * (size_t)s->padded_width * (size_t)s->channels;
    const size_t images = CHUNK_FLOATS / image + 1, batch = (size_t)s->batch;
    for (size_t first = 0; first < batch; first += images) {
        const size_t last = at_most(first + images, batch);
        EACH_PANELS(index, panels_of((size_t)s->filters), rows,
                    forward_panels(s, padded, packed + index * panel, bias, output, first * pixels, last * pixels,
                                   index * LANES, relu, block_rows, block_panels));
    }
}

// Rows of output pixels that a weight gradient is summed over, and the output gradients of those pixels for one or two
// panels of sixteen filters, copied side by side: read in place, their stride would map them to few sets of the cache.
typedef struct {
    size_t first, last;
    const float *gradients;
    // Floats from the gradients of one panel to those of the next.
    size_t panel;
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

// Sums the gradients of `count` weights of kernel row `ky` over a band, for sixteen filters or twice as many.
INLINE void weights_block(const tensor_convolution_shape *s, const float *padded, band b, float *weight_gradient,
                          size_t ky, const int count, const int panels) {
    const size_t channels = (size_t)s->channels, kernel = (size_t)s->kernel, panel = kernel * kernel * channels * LANES;
    const block_steps steps = {1, channels, b.panel};
    const float *dy = b.gradients;
    block_sums sums;
    EACH_ROW for (int p = 0; p < panels; p++)
        EACH_ROW for (int r = 0; r < count; r++)
            sums[p][r] =
                b.first ? *(const lanes *)(weight_gradient + (size_t)p * panel + (size_t)r * LANES) : (lanes)0;
    position at = position_of(s, b.first);
    for (size_t row = b.first; row < b.last; row++, at = next_row(s, at)) {
        const size_t y = at.y + ky;
        if (y >= (size_t)s->top && y < (size_t)s->padded_height - (size_t)s->bottom) {
            const float *x = padded + (at.image * (size_t)s->padded_height + y) * (size_t)s->padded_width * channels;
            add_products(sums, x, dy, steps, (size_t)s->columns, count, panels);
        }
        dy += (size_t)s->columns * LANES;
    }
    EACH_ROW for (int p = 0; p < panels; p++)
        EACH_ROW for (int r = 0; r < count; r++)
            *(lanes *)(weight_gradient + (size_t)p * panel + (size_t)r * LANES) = sums[p][r];
}

// Does the same for all weights, from the filter of the first gradient on.
INLINE void weights_panels(const tensor_convolution_shape *s, const float *padded, const float *gradient, band b,
                           float *panel, float *target, const int rows, const int panels) {
    const size_t run = (size_t)s->kernel * (size_t)s->channels;
    for (size_t p = 0; p < (size_t)panels; p++)
        gather(s, gradient + p * LANES, b.first, b.last, panel + p * b.panel);
    for (size_t ky = 0; ky < (size_t)s->kernel; ky++, target += run * LANES)
        EACH_BLOCK(k, 0, run, rows, weights_block(s, padded + k, b, target + k * LANES, ky, count, panels));
}

INLINE void weights(const tensor_convolution_shape *s, const float *padded, const float *gradient,
                    float *weight_gradient, const int rows) {
    const size_t total = (size_t)s->batch * (size_t)s->rows, columns = (size_t)s->columns;
    const size_t pixels = at_most(BAND_PIXELS, BAND_FLOATS / (size_t)s->channels), step = pixels / columns + 1;
    const size_t size = (size_t)s->kernel * (size_t)s->kernel * (size_t)s->channels * LANES;
    LINE_ALIGNED float panel[PAIR * step * columns * LANES];
    for (size_t first = 0; first < total; first += step) {
        const band b = {first, at_most(first + step, total), panel, step * columns * LANES};
        EACH_PANELS(index, panels_of((size_t)s->filters), rows,
                    weights_panels(s, padded, gradient + index * LANES, b, panel, weight_gradient + index * size,
                                   block_rows, block_panels));
    }
}

BY_ROWS(tensor_convolution,
        (const tensor_convolution_shape *shape, const float *padded, const float *packed, const float *bias,
         float *output, int relu),
        forward, shape, padded, packed, bias, output, relu)

BY_ROWS(tensor_convolution_weights,
        (const tensor_convolution_shape *shape, const float *padded, const float *gradient, float *weight_gradient),
        weights, shape, padded, gradient, weight_gradient)
