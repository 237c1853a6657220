// Batch normalization (Ioffe and Szegedy, 2015), per channel over NHWC.

#include "CTensor.h"
#include "channels.h"
#include "padding.h"

// RUN pixels are summed in float, then added to a double: fast, and exact enough.
enum { RUN = 64 };

INLINE void load_channels(const float *x, size_t count, lanes *values, const int vectors) {
    EACH_ROW for (int v = 0; v < vectors; v++) values[v] = load_columns(x + (size_t)v * LANES, count);
}

// Adds the terms of some channels, from `c` on; `gradient` is null for moments, `y` without ReLU.
INLINE void add_terms(const tensor_channel_sums *s, size_t c, size_t count, const float *x, const float *origin,
                      const float *y, float *gradient, size_t pixels, const int vectors) {
    const size_t channels = s->channels, second = up_to_lanes(channels);
    lanes a[MOST_VECTORS], b[MOST_VECTORS], from[MOST_VECTORS];
    load_channels(s->runs + c, LANES, a, vectors);
    load_channels(s->runs + second + c, LANES, b, vectors);
    load_channels(origin + c, count, from, vectors);
    for (size_t p = 0, before = s->pixels; p < pixels;) {
        const size_t end = at_most(p + RUN - before % RUN, pixels);
        before += end - p;
        for (; p < end; p++)
            EACH_ROW for (int v = 0; v < vectors; v++) {
                const size_t i = p * channels + c + (size_t)v * LANES;
                const lanes distance = load_columns(x + i, count) - from[v];
                lanes slope = distance;
                if (gradient) slope = load_columns(gradient + i, count);
                if (y) {
                    slope = load_columns(y + i, count) > 0 ? slope : (lanes)0;
                    store_columns(slope, gradient + i, count);
                }
                a[v] += slope;
                b[v] += slope * distance;
            }
        if (before % RUN > 0) break;
        EACH_ROW for (int v = 0; v < vectors; v++) {
            double *totals = s->totals + c + (size_t)v * LANES;
            for (int l = 0; l < LANES; l++) totals[l] += (double)a[v][l];
            for (int l = 0; l < LANES; l++) totals[second + (size_t)l] += (double)b[v][l];
            a[v] = b[v] = 0;
        }
    }
    EACH_ROW for (int v = 0; v < vectors; v++) {
        *(lanes *)(s->runs + c + (size_t)v * LANES) = a[v];
        *(lanes *)(s->runs + second + c + (size_t)v * LANES) = b[v];
    }
}

// The sums of one channel's first or second term.
INLINE double total_of(const tensor_channel_sums *s, size_t c, size_t term) {
    const size_t i = term * up_to_lanes(s->channels) + c;
    return s->totals[i] + (double)s->runs[i];
}

INLINE void add_moments_body(tensor_channel_sums *s, const float *x, const float *origin, size_t pixels) {
    EACH_CHANNELS(c, s->channels, add_terms(s, c, count, x, origin, NULL, NULL, pixels, vectors));
    s->pixels += pixels;
}

BY_PROCESSOR(tensor_add_moments, (tensor_channel_sums *s, const float *x, const float *origin, size_t pixels),
             add_moments_body, s, x, origin, pixels)

INLINE void moments_body(const tensor_channel_sums *s, const float *origin, float *mean, float *variance) {
    const double pixels = (double)s->pixels;
    for (size_t c = 0; c < s->channels; c++) {
        const double distance = total_of(s, c, 0) / pixels, square = total_of(s, c, 1) / pixels;
        mean[c] = (float)(origin[c] + distance);
        variance[c] = (float)(square - distance * distance);
        if (variance[c] < 0) variance[c] = 0;
    }
}

BY_PROCESSOR(tensor_moments, (const tensor_channel_sums *s, const float *origin, float *mean, float *variance),
             moments_body, s, origin, mean, variance)

INLINE void add_slopes_body(tensor_channel_sums *s, const float *x, const float *mean, const float *y,
                            float *gradient, size_t pixels) {
    if (y) EACH_CHANNELS(c, s->channels, add_terms(s, c, count, x, mean, y, gradient, pixels, vectors));
    else EACH_CHANNELS(c, s->channels, add_terms(s, c, count, x, mean, NULL, gradient, pixels, vectors));
    s->pixels += pixels;
}

BY_PROCESSOR(tensor_add_slopes, (tensor_channel_sums *s, const float *x, const float *mean, const float *y,
                                 float *gradient, size_t pixels),
             add_slopes_body, s, x, mean, y, gradient, pixels)

void tensor_slopes(const tensor_channel_sums *s, const float *inverse_deviation, float *gamma_gradient,
                   float *beta_gradient) {
    for (size_t c = 0; c < s->channels; c++) {
        beta_gradient[c] = (float)total_of(s, c, 0);
        gamma_gradient[c] = (float)(total_of(s, c, 1) * inverse_deviation[c]);
    }
}

INLINE void normalize_channels(const tensor_normalization *n, size_t c, size_t count, const float *x, size_t pixels,
                               const float *scale, const float *shift, float *y, const int relu, const int vectors) {
    lanes mean[MOST_VECTORS], times[MOST_VECTORS], plus[MOST_VECTORS];
    load_channels(n->mean + c, count, mean, vectors);
    load_channels(scale + c, count, times, vectors);
    load_channels(shift + c, count, plus, vectors);
    for (size_t p = 0; p < pixels; p++)
        EACH_ROW for (int v = 0; v < vectors; v++) {
            const size_t i = p * n->channels + c + (size_t)v * LANES;
            const lanes value = (load_columns(x + i, count) - mean[v]) * times[v] + plus[v];
            store_columns(relu ? rectified(value) : value, y + i, count);
        }
}

INLINE void normalize_body(const tensor_normalization *n, const float *x, size_t pixels, const float *scale,
                           const float *shift, int relu, float *y) {
    if (relu) EACH_CHANNELS(c, n->channels, normalize_channels(n, c, count, x, pixels, scale, shift, y, 1, vectors));
    else EACH_CHANNELS(c, n->channels, normalize_channels(n, c, count, x, pixels, scale, shift, y, 0, vectors));
}

BY_PROCESSOR(tensor_normalize, (const tensor_normalization *n, const float *x, size_t pixels, const float *scale,
                                const float *shift, int relu, float *y),
             normalize_body, n, x, pixels, scale, shift, relu, y)

// A backward pass: what it reads, and how many images these are and where their gradients go.
typedef struct {
    const tensor_normalization *normalization;
    const float *x, *gradient;
    float share;
    const float *gamma, *gamma_gradient, *beta_gradient;
    const tensor_padding *target;
    float *padded;
} backward;

INLINE void backward_channels(const backward *b, size_t c, size_t count, const int vectors) {
    const tensor_normalization *n = b->normalization;
    const tensor_padding *t = b->target;
    const size_t channels = n->channels, step = (size_t)t->padded_channels, width = (size_t)t->width;
    lanes mean[MOST_VECTORS], inverse[MOST_VECTORS], times[MOST_VECTORS], slope[MOST_VECTORS], start[MOST_VECTORS];
    load_channels(n->mean + c, count, mean, vectors);
    load_channels(n->inverse_deviation + c, count, inverse, vectors);
    load_channels(b->gamma + c, count, times, vectors);
    load_channels(b->gamma_gradient + c, count, slope, vectors);
    load_channels(b->beta_gradient + c, count, start, vectors);
    for (size_t row = 0; row < (size_t)t->batch * (size_t)t->height; row++) {
        const size_t at = row * width * channels + c;
        float *out = padded_row(t, b->padded, row) + c;
        for (size_t p = 0; p < width; p++)
            EACH_ROW for (int v = 0; v < vectors; v++) {
                const size_t i = at + p * channels + (size_t)v * LANES;
                const lanes normal = (load_columns(b->x + i, count) - mean[v]) * inverse[v];
                const lanes dy = load_columns(b->gradient + i, count);
                const lanes dx = times[v] * inverse[v] * (dy - b->share * start[v] - normal * (b->share * slope[v]));
                store_columns(dx, out + p * step + (size_t)v * LANES, count);
            }
    }
}

INLINE void normalize_backward_body(const tensor_normalization *n, const float *x, const float *gradient, size_t all,
                                    const float *gamma, const float *gamma_gradient, const float *beta_gradient,
                                    const tensor_padding *target, float *padded) {
    const backward b = {n, x, gradient, 1.0f / (float)all, gamma, gamma_gradient, beta_gradient, target, padded};
    EACH_CHANNELS(c, n->channels, backward_channels(&b, c, count, vectors));
}

BY_PROCESSOR(tensor_normalize_backward, (const tensor_normalization *n, const float *x, const float *gradient,
                                         size_t all, const float *gamma, const float *gamma_gradient,
                                         const float *beta_gradient, const tensor_padding *target, float *padded),
             normalize_backward_body, n, x, gradient, all, gamma, gamma_gradient, beta_gradient, target, padded)
