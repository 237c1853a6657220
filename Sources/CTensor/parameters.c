// Updates of parameters: sums of gradients, optimizer steps, running averages.

#include "CTensor.h"
#include "vectors.h"

// The plain instruction: sqrtf would also set errno, which keeps loops from being vectorized.
#define SQUARE_ROOT(x) __builtin_elementwise_sqrt(x)

INLINE void sum_parts_body(const float *parts, size_t stride, size_t count, size_t length, float *restrict out) {
    if (out != parts)
        for (size_t i = 0; i < length; i++) out[i] = parts[i];
    for (size_t part = 1; part < count; part++) {
        const float *restrict next = parts + part * stride;
        for (size_t i = 0; i < length; i++) out[i] += next[i];
    }
}

BY_PROCESSOR(tensor_sum_parts, (const float *parts, size_t stride, size_t count, size_t length, float *restrict out),
             sum_parts_body, parts, stride, count, length, out)

INLINE void sgd_body(float *restrict w, float *restrict v, const float *restrict g, size_t count, float rate,
                     float momentum, float decay, int nesterov) {
    for (size_t i = 0; i < count; i++) {
        float gradient = g[i] + decay * w[i];
        v[i] = momentum * v[i] + gradient;
        w[i] -= rate * (nesterov ? gradient + momentum * v[i] : v[i]);
    }
}

BY_PROCESSOR(tensor_sgd, (float *restrict w, float *restrict v, const float *restrict g, size_t count, float rate,
                          float momentum, float decay, int nesterov),
             sgd_body, w, v, g, count, rate, momentum, decay, nesterov)

INLINE void adam_body(float *restrict w, float *restrict m, float *restrict v, const float *restrict g,
                      size_t count, tensor_adam_step s) {
    const float step = s.rate / s.correction1;
    const float shrink = s.decoupled ? 1.0f - s.rate * s.decay : 1.0f, coupled = s.decoupled ? 0 : s.decay;
    for (size_t i = 0; i < count; i++) {
        float gradient = g[i] + coupled * w[i];
        m[i] += (gradient - m[i]) * (1.0f - s.beta1);
        v[i] = v[i] * s.beta2 + (1.0f - s.beta2) * gradient * gradient;
        w[i] = w[i] * shrink - step * (m[i] / (SQUARE_ROOT(v[i]) / s.correction2 + s.epsilon));
    }
}

BY_PROCESSOR(tensor_adam, (float *restrict w, float *restrict m, float *restrict v, const float *restrict g,
                           size_t count, tensor_adam_step s), adam_body, w, m, v, g, count, s)

INLINE void average_body(float *restrict average, const float *restrict w, size_t count, float share) {
    for (size_t i = 0; i < count; i++) average[i] += (w[i] - average[i]) * share;
}

BY_PROCESSOR(tensor_average, (float *restrict average, const float *restrict w, size_t count, float share),
             average_body, average, w, count, share)
