// Weights of 3x3 and 4x4 kernels, transformed for Winograd's convolutions.

#include "transpose.h"
#include "winograd.h"

size_t tensor_winograd_packed(int32_t inputs, int32_t outputs) {
    return POINTS * (size_t)inputs * up_to_lanes((size_t)outputs);
}

// Transforms the kernels from one input to `count` outputs, whose kernels are `step` floats apart. Points are written
// `point` floats apart.
INLINE void pack_kernels(const float *weights, size_t step, size_t count, int turned, float *target, size_t point,
                         const int tile) {
    LINE_ALIGNED float taps[MOST_TAPS * LANES] = {0};
    const float *pixels[MOST_TAPS];
    transpose_panel(weights, step, count, taps_of(tile), taps);
    for (size_t tap = 0; tap < taps_of(tile); tap++)
        pixels[tap] = taps + (turned ? taps_of(tile) - 1 - tap : tap) * LANES;
    LINE_ALIGNED lanes between[POINTS];
    columns_of_pixels(weights_at_points, pixels, 0, LANES, between, kernel_of(tile), SIDE, tile);
    rows_to_points(weights_at_points, between, kernel_of(tile), target, point, tile);
}

// How weights are read: `inputs` and `outputs` are those of the convolution that they are packed for.
typedef struct {
    size_t inputs, input_step, outputs, output_step, packed_inputs;
    int turned;
} order;

INLINE void pack_panels(order o, const float *weights, float *packed, const int tile) {
    const size_t points = POINTS, point = o.packed_inputs * LANES;
    for (size_t output = 0; output < o.outputs; output += LANES, packed += points * point) {
        const float *kernels = weights + first_of_lanes(output, o.outputs) * o.output_step;
        for (size_t input = 0; input < o.inputs; input++)
            pack_kernels(kernels + input * o.input_step, o.output_step, at_most(o.outputs, LANES), o.turned,
                         packed + input * LANES, point, tile);
    }
}

INLINE void winograd_pack_body(tensor_weights_shape s, const float *weights, float *packed) {
    const size_t filters = (size_t)s.filters, channels = (size_t)s.channels, taps = (size_t)(s.kernel * s.kernel);
    const order o = {channels, taps, filters, channels * taps, channels, 0};
    if (s.kernel == 4) pack_panels(o, weights, packed, 3);
    else pack_panels(o, weights, packed, 4);
}

BY_PROCESSOR(tensor_winograd_pack, (tensor_weights_shape s, const float *weights, float *packed),
             winograd_pack_body, s, weights, packed)

INLINE void winograd_pack_turned_body(tensor_weights_shape s, const float *weights, float *packed) {
    const size_t filters = (size_t)s.filters, channels = (size_t)s.channels, taps = (size_t)(s.kernel * s.kernel);
    const order o = {filters, channels * taps, channels, taps, (size_t)s.padded_filters, 1};
    if (s.kernel == 4) pack_panels(o, weights, packed, 3);
    else pack_panels(o, weights, packed, 4);
}

BY_PROCESSOR(tensor_winograd_pack_turned, (tensor_weights_shape s, const float *weights, float *packed),
             winograd_pack_turned_body, s, weights, packed)
