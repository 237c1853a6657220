// Prepares the operands of convolutions and matrix products: padded images, and weights in panels of sixteen.

#include "CTensor.h"
#include "blocks.h"
#include <string.h>

INLINE void copy_pixel(const float *restrict x, const float *mask, float *restrict out, size_t channels) {
    if (mask)
        for (size_t c = 0; c < channels; c++) out[c] = mask[c] > 0 ? x[c] : 0;
    else
        for (size_t c = 0; c < channels; c++) out[c] = x[c];
}

INLINE void pad_body(const tensor_padding *p, const float *images, const float *mask, float *padded) {
    const size_t channels = (size_t)p->channels, step = (size_t)p->padded_channels;
    const size_t width = (size_t)p->width, row = width * channels, padded_row = (size_t)p->padded_width * step;
    for (int32_t n = 0; n < p->batch; n++) {
        float *target =
            padded + ((size_t)n * (size_t)p->padded_height + (size_t)p->top) * padded_row + (size_t)p->left * step;
        for (int32_t y = 0; y < p->height; y++, images += row, target += padded_row) {
            if (!mask && step == channels) {
                memcpy(target, images, row * sizeof(float));
                continue;
            }
            for (size_t x = 0; x < width; x++)
                copy_pixel(images + x * channels, mask ? mask + x * channels : NULL, target + x * step, channels);
            if (mask) mask += row;
        }
    }
}

BY_PROCESSOR(tensor_pad, (const tensor_padding *p, const float *images, const float *mask, float *padded),
             pad_body, p, images, mask, padded)

typedef float eight __attribute__((ext_vector_type(8), aligned(4)));

// Transposes eight columns of eight rows, `step` floats apart, to eight rows of a panel: by pairs, fours, then eights.
INLINE void transpose_eight(const float *rows, size_t step, float *panel) {
    eight x[8], y[8];
    EACH_ROW for (int i = 0; i < 8; i++) x[i] = *(const eight *)(rows + (size_t)i * step);
    EACH_ROW for (int i = 0; i < 8; i += 2) {
        y[i] = __builtin_shufflevector(x[i], x[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        y[i + 1] = __builtin_shufflevector(x[i], x[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    EACH_ROW for (int i = 0; i < 8; i++) {
        if (i & 2) continue;
        x[i] = __builtin_shufflevector(y[i], y[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
        x[i + 2] = __builtin_shufflevector(y[i], y[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
    EACH_ROW for (int i = 0; i < 4; i++) {
        *(eight *)(panel + (size_t)i * LANES) = __builtin_shufflevector(x[i], x[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        *(eight *)(panel + (size_t)(i + 4) * LANES) =
            __builtin_shufflevector(x[i], x[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

// Transposes sixteen rows of a linear layer's weights to a panel, eight columns at a time, and returns the columns
// done. This must be fast, because a large layer is packed again after every step.
INLINE size_t transpose_panel(const float *rows, size_t columns, float *panel) {
    size_t column = 0;
    for (; column + 8 <= columns; column += 8) {
        transpose_eight(rows + column, columns, panel + column * LANES);
        transpose_eight(rows + 8 * columns + column, columns, panel + column * LANES + 8);
    }
    return column;
}

INLINE void pack_weights_body(tensor_weights_shape s, const float *weights, float *packed) {
    const size_t taps = (size_t)s.kernel * (size_t)s.kernel, inputs = (size_t)s.channels, filter = inputs * taps;
    for (size_t block = 0; block < (size_t)s.filters; block += LANES, packed += filter * LANES) {
        const size_t count = at_most((size_t)s.filters - block, LANES);
        const float *w = weights + block * filter;
        size_t input = taps == 1 && count == LANES ? transpose_panel(w, inputs, packed) : 0;
        for (; input < inputs; input++)
            for (size_t tap = 0; tap < taps; tap++) {
                float *target = packed + (tap * inputs + input) * LANES;
                for (size_t i = 0; i < count; i++) target[i] = w[i * filter + input * taps + tap];
            }
    }
}

BY_PROCESSOR(tensor_pack_weights, (tensor_weights_shape s, const float *weights, float *packed),
             pack_weights_body, s, weights, packed)

INLINE void unpack_weights_body(tensor_weights_shape s, const float *packed, float *weights) {
    const size_t taps = (size_t)s.kernel * (size_t)s.kernel, inputs = (size_t)s.channels, filter = inputs * taps;
    for (size_t block = 0; block < (size_t)s.filters; block += LANES, packed += filter * LANES) {
        const size_t count = at_most((size_t)s.filters - block, LANES);
        float *w = weights + block * filter;
        for (size_t input = 0; input < inputs; input++)
            for (size_t tap = 0; tap < taps; tap++) {
                const float *source = packed + (tap * inputs + input) * LANES;
                for (size_t i = 0; i < count; i++) w[i * filter + input * taps + tap] = source[i];
            }
    }
}

BY_PROCESSOR(tensor_unpack_weights, (tensor_weights_shape s, const float *packed, float *weights),
             unpack_weights_body, s, packed, weights)

INLINE void pack_turned_body(tensor_weights_shape s, int32_t first, int32_t last, const float *weights, float *packed) {
    const size_t taps = (size_t)s.kernel * (size_t)s.kernel, inputs = (size_t)s.channels, filter = inputs * taps;
    const size_t filters = (size_t)s.padded_filters;
    for (size_t block = 0; block < inputs; block += LANES, packed += taps * filters * LANES) {
        const size_t count = at_most(inputs - block, LANES);
        for (size_t f = (size_t)first; f < (size_t)last; f++) {
            const float *w = weights + f * filter + block * taps;
            for (size_t tap = 0; tap < taps; tap++) {
                float *target = packed + ((taps - 1 - tap) * filters + f) * LANES;
                for (size_t i = 0; i < count; i++) target[i] = w[i * taps + tap];
            }
        }
    }
}

BY_PROCESSOR(tensor_pack_turned, (tensor_weights_shape s, int32_t first, int32_t last, const float *weights,
                                  float *packed), pack_turned_body, s, first, last, weights, packed)
