// Converts rows of a TIFF to gray or RGB: scales levels, expands palettes, composites over white.

#include "tiff.h"

#include <string.h>

int tiff_is_measured(const struct tiff *self) {
    return self->bits > 16 || self->format == SAMPLEFORMAT_IEEEFP || self->format == SAMPLEFORMAT_INT;
}

static uint32_t half_bits(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3FF;
    if (exponent == 31) return sign | 0x7F800000 | fraction << 13;
    if (exponent == 0) {
        if (fraction == 0) return sign;
        for (exponent = 113; !(fraction & 0x400); exponent--) fraction <<= 1;
        return sign | exponent << 23 | (fraction & 0x3FF) << 13;
    }
    return sign | (exponent + 112) << 23 | fraction << 13;
}

// Level number `index` of a plane whose levels have no fixed range.
static double value(const struct tiff *self, const uint8_t *plane, size_t index) {
    int is_float = self->format == SAMPLEFORMAT_IEEEFP, is_signed = self->format == SAMPLEFORMAT_INT;
    uint16_t half;
    uint32_t word;
    float single;
    double number;
    switch (self->bits) {
    case 8:
        return (int8_t)plane[index];
    case 16:
        memcpy(&half, plane + 2 * index, 2);
        if (!is_float) return (int16_t)half;
        word = half_bits(half);
        memcpy(&single, &word, 4);
        return single;
    case 32:
        memcpy(&word, plane + 4 * index, 4);
        memcpy(&single, &word, 4);
        if (is_float) return single;
        return is_signed ? (double)(int32_t)word : (double)word;
    default:
        memcpy(&number, plane + 8 * index, 8);
        return number;
    }
}

// Level number `index` of a plane, as 8 bits; of a palette, the index of its colour.
static uint8_t level(const struct tiff *self, const uint8_t *plane, size_t index) {
    if (self->bits == 8 && self->format != SAMPLEFORMAT_INT) return plane[index];
    if (tiff_is_measured(self)) return (uint8_t)(value(self, plane, index) * self->scale + 0.5);
    if (self->bits == 16) {
        uint16_t deep;
        memcpy(&deep, plane + 2 * index, 2);
        return (uint8_t)((deep * 255u + 32895) >> 16);  // as libpng's png_set_scale_16
    }
    size_t bit = index * self->bits;
    uint32_t top = (1u << self->bits) - 1, found = plane[bit / 8] >> (8 - self->bits - bit % 8) & top;
    return (uint8_t)(self->photometric == PHOTOMETRIC_PALETTE ? found : found * (255 / top));
}

void tiff_measure_row(struct tiff *self, const uint8_t *const *planes, size_t pixels) {
    int used = tiff_used(self);
    for (size_t x = 0; x < pixels; x++)
        for (int s = 0; s < used; s++) {
            double found =
                self->is_planar ? value(self, planes[s], x) : value(self, planes[0], x * self->samples + (size_t)s);
            if (found != found) self->has_nan = 1;
            if (found < self->least) self->least = found;
            if (found > self->greatest) self->greatest = found;
        }
}

// a*b/255, rounded: Pillow's MULDIV255.
static int32_t multiply_255(int32_t a, int32_t b) {
    int32_t t = a * b + 128;
    return ((t >> 8) + t) >> 8;
}

static uint8_t clipped(int32_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

// An entry of Pillow's tables for YCbCr, which have 6 bits of fraction.
static int32_t share(double factor, int32_t chroma) { return (int32_t)(factor * (chroma - 128) * 64 + 0.5); }

static void rgb_from_ycc(uint8_t *pixel) {
    int32_t y = pixel[0], cb = pixel[1], cr = pixel[2];
    pixel[0] = clipped(y + (share(1.402, cr) >> 6));
    pixel[1] = clipped(y + ((share(-0.34414, cb) + share(-0.71414, cr)) >> 6));
    pixel[2] = clipped(y + (share(1.772, cb) >> 6));
}

// Undoes the multiplication of a colour with its alpha, as Pillow does.
static uint8_t divided(uint32_t color, uint32_t alpha) {
    if (alpha == 0 || alpha == 255) return (uint8_t)(alpha == 0 ? 0 : color);
    return clipped((int32_t)(255 * color / alpha));
}

// Converts the levels of one pixel to `channels` of gray or RGB.
static void convert_pixel(const struct tiff *self, uint8_t *levels, uint8_t *out) {
    uint8_t color[3];
    int channels = 3;
    if (self->photometric == PHOTOMETRIC_PALETTE) {
        memcpy(color, self->palette.colors[levels[0]], 3);
    } else if (self->colors == 4) {
        for (int c = 0; c < 3; c++)
            color[c] = clipped(255 - levels[3] - multiply_255(levels[c], 255 - levels[3]));
    } else {
        if (self->photometric == PHOTOMETRIC_YCBCR) rgb_from_ycc(levels);
        channels = self->colors;
        memcpy(color, levels, (size_t)channels);
        if (self->photometric == PHOTOMETRIC_MINISWHITE) color[0] = 255 - color[0];
    }
    uint32_t alpha = self->alpha == NO_ALPHA ? 255 : levels[self->colors];
    for (int c = 0; c < channels; c++)
        out[c] = image_over_white(self->alpha == ASSOCIATED_ALPHA ? divided(color[c], alpha) : color[c], alpha);
}

void tiff_convert_row(
    const struct tiff *self, const uint8_t *const *planes, size_t pixels, uint8_t *levels, uint8_t *out) {
    size_t used = (size_t)tiff_used(self);
    int channels = self->colors == 1 && self->photometric != PHOTOMETRIC_PALETTE ? 1 : 3;
    for (size_t s = 0; s < used; s++) {
        const uint8_t *plane = planes[self->is_planar ? s : 0];
        size_t first = self->is_planar ? 0 : s, step = self->is_planar ? 1 : self->samples;
        for (size_t x = 0; x < pixels; x++) levels[x * used + s] = level(self, plane, first + x * step);
    }
    for (size_t x = 0; x < pixels; x++) convert_pixel(self, levels + x * used, out + x * (size_t)channels);
}
