// The two passes of Pillow's 8-bit resampling: 22-bit fixed-point weights, rounded and clamped
// after each pass. The weights themselves are computed in Swift (ResizeWeights).

#include "CKernels.h"
#include "clones.h"

enum { PRECISION = 22, HALF = 1 << (PRECISION - 1) };

static inline uint8_t clamp(int32_t sum) {
    int32_t value = sum >> PRECISION;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

// One channel: taps in runs of eight, so that each run is one vector; weights beyond the window are
// zero, which is why reading a few bytes past it is harmless.
AVX2_CLONES
static void horizontal_gray(const uint8_t *restrict in, int32_t in_width, int32_t rows,
                            kernels_axis axis, uint8_t *restrict out, int32_t out_width) {
    for (int32_t x = 0; x < out_width; x++) {
        const int32_t *weights = axis.weights + (size_t)x * axis.taps;
        const uint8_t *column = in + axis.starts[x];
        int32_t taps = axis.lengths[x];
        for (int32_t y = 0; y < rows; y++) {
            const uint8_t *row = column + (size_t)y * in_width;
            int32_t lanes[8] = {0};
            for (int32_t t = 0; t < taps; t += 8)
                for (int32_t i = 0; i < 8; i++) lanes[i] += row[t + i] * weights[t + i];
            int32_t sum = HALF;
            for (int32_t i = 0; i < 8; i++) sum += lanes[i];
            out[(size_t)y * out_width + x] = clamp(sum);
        }
    }
}

static void horizontal_any(const uint8_t *in, int32_t in_width, int32_t rows, int32_t channels,
                           kernels_axis axis, uint8_t *out, int32_t out_width) {
    for (int32_t y = 0; y < rows; y++) {
        const uint8_t *row = in + (size_t)y * in_width * channels;
        for (int32_t x = 0; x < out_width; x++) {
            const int32_t *weights = axis.weights + (size_t)x * axis.taps;
            const uint8_t *window = row + (size_t)axis.starts[x] * channels;
            for (int32_t c = 0; c < channels; c++) {
                int32_t sum = HALF;
                for (int32_t t = 0; t < axis.lengths[x]; t++)
                    sum += window[t * channels + c] * weights[t];
                *out++ = clamp(sum);
            }
        }
    }
}

void kernels_resize_horizontal(const uint8_t *in, int32_t in_width, int32_t rows, int32_t channels,
                               kernels_axis axis, uint8_t *out, int32_t out_width) {
    if (channels == 1)
        horizontal_gray(in, in_width, rows, axis, out, out_width);
    else
        horizontal_any(in, in_width, rows, channels, axis, out, out_width);
}

AVX2_CLONES
void kernels_resize_vertical(const uint8_t *restrict in, int32_t row_bytes, kernels_axis axis,
                             uint8_t *restrict out, int32_t out_rows) {
    enum { RUN = 64 };
    for (int32_t y = 0; y < out_rows; y++) {
        const int32_t *weights = axis.weights + (size_t)y * axis.taps;
        const uint8_t *window = in + (size_t)axis.starts[y] * row_bytes;
        for (int32_t x0 = 0; x0 < row_bytes; x0 += RUN) {
            int32_t run = row_bytes - x0 < RUN ? row_bytes - x0 : RUN;
            int32_t sums[RUN];
            for (int32_t x = 0; x < run; x++) sums[x] = HALF;
            for (int32_t t = 0; t < axis.lengths[y]; t++) {
                const uint8_t *row = window + (size_t)t * row_bytes + x0;
                int32_t weight = weights[t];
                for (int32_t x = 0; x < run; x++) sums[x] += row[x] * weight;
            }
            for (int32_t x = 0; x < run; x++) out[(size_t)y * row_bytes + x0 + x] = clamp(sums[x]);
        }
    }
}
