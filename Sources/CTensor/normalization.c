// Batch normalization (Ioffe and Szegedy, 2015), per channel over NHWC.

#include "CTensor.h"
#include "vectors.h"

// RUN pixels are summed in float, then added to a double: fast, and exact enough.
enum { RUN = 64, LANES = 16 };

// Sums two terms over all pixels in a fixed order, LANES channels at a time.
#define REDUCE(SUM_A, SUM_B, TERM_A, TERM_B)                                                                 \
    for (size_t c = 0; c < channels; c += LANES) {                                                           \
        const size_t lanes = channels - c < LANES ? channels - c : LANES;                                    \
        double total_a[LANES] = {0}, total_b[LANES] = {0};                                                   \
        for (size_t first = 0; first < pixels; first += RUN) {                                               \
            const size_t end = first + RUN < pixels ? first + RUN : pixels;                                  \
            float a[LANES] = {0}, b[LANES] = {0};                                                            \
            if (lanes == LANES) {                                                                            \
                for (size_t p = first; p < end; p++)                                                         \
                    for (size_t l = 0; l < LANES; l++) {                                                     \
                        const size_t i = p * channels + c + l;                                               \
                        a[l] += TERM_A;                                                                      \
                        b[l] += TERM_B;                                                                      \
                    }                                                                                        \
            } else {                                                                                         \
                for (size_t p = first; p < end; p++)                                                         \
                    for (size_t l = 0; l < lanes; l++) {                                                     \
                        const size_t i = p * channels + c + l;                                               \
                        a[l] += TERM_A;                                                                      \
                        b[l] += TERM_B;                                                                      \
                    }                                                                                        \
            }                                                                                                \
            for (size_t l = 0; l < lanes; l++) {                                                             \
                total_a[l] += a[l];                                                                          \
                total_b[l] += b[l];                                                                          \
            }                                                                                                \
        }                                                                                                    \
        for (size_t l = 0; l < lanes; l++) {                                                                 \
            SUM_A;                                                                                           \
            SUM_B;                                                                                           \
        }                                                                                                    \
    }

INLINE void channel_moments_body(const float *restrict x, size_t pixels, size_t channels, float *restrict mean,
                                 float *restrict variance) {
    // Sums differences from the first pixel, which avoids cancellation if the mean is large.
    const float *origin = x;
    REDUCE(mean[c + l] = (float)(origin[c + l] + total_a[l] / (double)pixels),
           variance[c + l] = (float)(total_b[l] / (double)pixels -
                                     total_a[l] / (double)pixels * (total_a[l] / (double)pixels)),
           x[i] - origin[c + l], (x[i] - origin[c + l]) * (x[i] - origin[c + l]))
    for (size_t c = 0; c < channels; c++)
        if (variance[c] < 0) variance[c] = 0;
}

BY_PROCESSOR(tensor_channel_moments, (const float *restrict x, size_t pixels, size_t channels,
                                      float *restrict mean, float *restrict variance),
             channel_moments_body, x, pixels, channels, mean, variance)

INLINE void normalize_body(const float *restrict x, size_t pixels, size_t channels, const float *restrict mean,
                           const float *restrict scale, const float *restrict shift, int relu, float *restrict y) {
    for (size_t p = 0; p < pixels; p++, x += channels, y += channels)
        for (size_t c = 0; c < channels; c++) {
            float value = (x[c] - mean[c]) * scale[c] + shift[c];
            y[c] = relu && value < 0 ? 0 : value;
        }
}

BY_PROCESSOR(tensor_normalize, (const float *restrict x, size_t pixels, size_t channels,
                                const float *restrict mean, const float *restrict scale,
                                const float *restrict shift, int relu, float *restrict y),
             normalize_body, x, pixels, channels, mean, scale, shift, relu, y)

INLINE void normalize_backward_body(const float *restrict x, const float *restrict gradient, size_t pixels,
                                    size_t channels, const float *restrict mean,
                                    const float *restrict inverse_deviation, const float *restrict gamma,
                                    float *restrict gamma_gradient, float *restrict beta_gradient,
                                    float *restrict input_gradient) {
    REDUCE(beta_gradient[c + l] = (float)total_a[l],
           gamma_gradient[c + l] = (float)(total_b[l] * inverse_deviation[c + l]), gradient[i],
           gradient[i] * (x[i] - mean[c + l]))
    if (!input_gradient) return;
    const float share = 1.0f / (float)pixels;
    for (size_t p = 0; p < pixels; p++, x += channels, gradient += channels, input_gradient += channels)
        for (size_t c = 0; c < channels; c++) {
            float normal = (x[c] - mean[c]) * inverse_deviation[c];
            input_gradient[c] =
                gamma[c] * inverse_deviation[c] *
                (gradient[c] - share * beta_gradient[c] - normal * (share * gamma_gradient[c]));
        }
}

BY_PROCESSOR(tensor_normalize_backward, (const float *restrict x, const float *restrict gradient, size_t pixels,
                                         size_t channels, const float *restrict mean,
                                         const float *restrict inverse_deviation, const float *restrict gamma,
                                         float *restrict gamma_gradient, float *restrict beta_gradient,
                                         float *restrict input_gradient),
             normalize_backward_body, x, gradient, pixels, channels, mean, inverse_deviation, gamma, gamma_gradient, beta_gradient, input_gradient)
