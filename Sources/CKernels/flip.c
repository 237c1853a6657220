// Mirrors images left and right.

#include "CKernels.h"
#include "clones.h"

AVX2_CLONES
static void flip_gray(const uint8_t *in, int32_t width, int32_t height, uint8_t *out) {
    for (int32_t y = 0; y < height; y++) {
        const uint8_t *row = in + (size_t)y * width;
        uint8_t *target = out + (size_t)y * width;
        for (int32_t x = 0; x < width; x++) target[x] = row[width - 1 - x];
    }
}

static void flip_rgb(const uint8_t *in, int32_t width, int32_t height, uint8_t *out) {
    for (int32_t y = 0; y < height; y++) {
        const uint8_t *pixel = in + (size_t)y * width * 3;
        uint8_t *target = out + (size_t)(y + 1) * width * 3;
        for (int32_t x = 0; x < width; x++, pixel += 3) {
            target -= 3;
            target[0] = pixel[0];
            target[1] = pixel[1];
            target[2] = pixel[2];
        }
    }
}

void kernels_flip(const uint8_t *in, int32_t width, int32_t height, int32_t channels, uint8_t *out) {
    if (channels == 1) {
        flip_gray(in, width, height, out);
    } else {
        flip_rgb(in, width, height, out);
    }
}
