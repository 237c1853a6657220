// Prepares the operands of convolutions and matrix products: padded images, and weights in panels of sixteen.

#include "CTensor.h"
#include "blocks.h"
#include "padding.h"
#include "transpose.h"
#include <string.h>

INLINE void copy_pixel(const float *restrict x, const float *mask, float *restrict out, size_t channels) {
    if (mask)
        for (size_t c = 0; c < channels; c++) out[c] = mask[c] > 0 ? x[c] : 0;
    else
        for (size_t c = 0; c < channels; c++) out[c] = x[c];
}

INLINE void pad_body(const tensor_padding *p, const float *images, const float *mask, float *padded) {
    const size_t channels = (size_t)p->channels, step = (size_t)p->padded_channels;
    const size_t width = (size_t)p->width, length = width * channels;
    for (size_t row = 0; row < (size_t)p->batch * (size_t)p->height; row++, images += length) {
        float *target = padded_row(p, padded, row);
        if (!mask && step == channels) {
            memcpy(target, images, length * sizeof(float));
            continue;
        }
        for (size_t x = 0; x < width; x++)
            copy_pixel(images + x * channels, mask ? mask + x * channels : NULL, target + x * step, channels);
        if (mask) mask += length;
    }
}

BY_PROCESSOR(tensor_pad, (const tensor_padding *p, const float *images, const float *mask, float *padded),
             pad_body, p, images, mask, padded)

INLINE void pack_weights_body(tensor_weights_shape s, const float *weights, float *packed) {
    const size_t taps = (size_t)s.kernel * (size_t)s.kernel, inputs = (size_t)s.channels, filter = inputs * taps;
    for (size_t block = 0; block < (size_t)s.filters; block += LANES, packed += filter * LANES) {
        const size_t count = at_most((size_t)s.filters - block, LANES);
        const float *w = weights + block * filter;
        if (taps == 1) {
            transpose_panel(w, inputs, count, inputs, packed);
            continue;
        }
        for (size_t input = 0; input < inputs; input++)
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
            if (taps == 1) {
                *(lanes *)(packed + f * LANES) = load_columns(w, count);
                continue;
            }
            for (size_t tap = 0; tap < taps; tap++) {
                float *target = packed + ((taps - 1 - tap) * filters + f) * LANES;
                for (size_t i = 0; i < count; i++) target[i] = w[i * taps + tap];
            }
        }
    }
}

BY_PROCESSOR(tensor_pack_turned, (tensor_weights_shape s, int32_t first, int32_t last, const float *weights,
                                  float *packed), pack_turned_body, s, first, last, weights, packed)
