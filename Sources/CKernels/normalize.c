// Converts bytes to floats, and interleaved channels to planes.

#include "CKernels.h"
#include "clones.h"

AVX2_CLONES
void kernels_scale(const uint8_t *restrict in, size_t count, float *restrict out) {
    for (size_t i = 0; i < count; i++) out[i] = (float)in[i] / 255.0f;
}

AVX2_CLONES
void kernels_normalize(const uint8_t *restrict in, size_t count, float mean, float deviation,
                       float *restrict out) {
    for (size_t i = 0; i < count; i++) out[i] = ((float)in[i] / 255.0f - mean) / deviation;
}

AVX2_CLONES
void kernels_normalize_rgb(const uint8_t *restrict in, size_t pixels, const float *mean, const float *deviation,
                           float *restrict out) {
    // Eight pixels at a time, so that each of the 24 levels has its own place in a table.
    float means[24], deviations[24];
    for (int j = 0; j < 24; j++) {
        means[j] = mean[j % 3];
        deviations[j] = deviation[j % 3];
    }
    size_t count = 3 * pixels, i = 0;
    for (; i + 24 <= count; i += 24)
        for (int j = 0; j < 24; j++) out[i + j] = ((float)in[i + j] / 255.0f - means[j]) / deviations[j];
    for (; i < count; i++) out[i] = ((float)in[i] / 255.0f - means[i % 3]) / deviations[i % 3];
}

AVX2_CLONES
void kernels_planes(const uint8_t *restrict in, size_t pixels, uint8_t *restrict out) {
    uint8_t *restrict red = out, *restrict green = out + pixels, *restrict blue = out + 2 * pixels;
    for (size_t i = 0; i < pixels; i++) {
        red[i] = in[3 * i];
        green[i] = in[3 * i + 1];
        blue[i] = in[3 * i + 2];
    }
}
