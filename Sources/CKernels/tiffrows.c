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

// Samples of one kind in a row: `count` of them, the first at `first`, then every `step`-th of `plane`.
struct samples {
    const uint8_t *plane;
    size_t first, step, count;
};

static struct samples samples_of(const struct tiff *self, const uint8_t *const *planes, size_t sample, size_t pixels) {
    if (self->is_planar) return (struct samples){planes[sample], 0, 1, pixels};
    return (struct samples){planes[0], sample, self->samples, pixels};
}

static uint16_t half_at(struct samples in, size_t x) {
    uint16_t found;
    memcpy(&found, in.plane + 2 * (in.first + x * in.step), 2);
    return found;
}

static uint32_t word_at(struct samples in, size_t x) {
    uint32_t found;
    memcpy(&found, in.plane + 4 * (in.first + x * in.step), 4);
    return found;
}

static float float_of(uint32_t bits) {
    float found;
    memcpy(&found, &bits, 4);
    return found;
}

// Values of levels that have no fixed range.
static void take_values(const struct tiff *self, struct samples in, double *out) {
    int is_float = self->format == SAMPLEFORMAT_IEEEFP, is_signed = self->format == SAMPLEFORMAT_INT;
    if (self->bits == 8) {
        for (size_t x = 0; x < in.count; x++) out[x] = (int8_t)in.plane[in.first + x * in.step];
    } else if (self->bits == 16 && is_float) {
        for (size_t x = 0; x < in.count; x++) out[x] = float_of(half_bits(half_at(in, x)));
    } else if (self->bits == 16) {
        for (size_t x = 0; x < in.count; x++) out[x] = (int16_t)half_at(in, x);
    } else if (self->bits == 32 && is_float) {
        for (size_t x = 0; x < in.count; x++) out[x] = float_of(word_at(in, x));
    } else if (self->bits == 32 && is_signed) {
        for (size_t x = 0; x < in.count; x++) out[x] = (int32_t)word_at(in, x);
    } else if (self->bits == 32) {
        for (size_t x = 0; x < in.count; x++) out[x] = word_at(in, x);
    } else {
        for (size_t x = 0; x < in.count; x++) memcpy(&out[x], in.plane + 8 * (in.first + x * in.step), 8);
    }
}

enum { PIECE = 256 };  // values at a time

// The samples from `start` on, at most a piece.
static struct samples piece(struct samples in, size_t start) {
    size_t left = in.count - start;
    return (struct samples){in.plane, in.first + start * in.step, in.step, left < PIECE ? left : PIECE};
}

void tiff_measure_row(struct tiff *self, const uint8_t *const *planes, size_t pixels) {
    double values[PIECE];
    for (size_t s = 0; s < (size_t)tiff_used(self); s++) {
        struct samples all = samples_of(self, planes, s, pixels);
        for (size_t start = 0; start < pixels; start += PIECE) {
            struct samples part = piece(all, start);
            take_values(self, part, values);
            for (size_t x = 0; x < part.count; x++) {
                self->has_nan |= values[x] != values[x];
                self->least = values[x] < self->least ? values[x] : self->least;
                self->greatest = values[x] > self->greatest ? values[x] : self->greatest;
            }
        }
    }
}

static void take_measured(const struct tiff *self, struct samples in, uint8_t *out, size_t stride) {
    double values[PIECE];
    for (size_t start = 0; start < in.count; start += PIECE) {
        struct samples part = piece(in, start);
        take_values(self, part, values);
        for (size_t x = 0; x < part.count; x++)
            out[(start + x) * stride] = (uint8_t)(values[x] * self->scale + 0.5);
    }
}

// Levels of 8 bits, each `stride` after the last; of a palette, the indices of its colours.
static void take_levels(const struct tiff *self, struct samples in, uint8_t *out, size_t stride) {
    if (tiff_is_measured(self)) return take_measured(self, in, out, stride);
    if (self->bits == 8) {
        for (size_t x = 0; x < in.count; x++) out[x * stride] = in.plane[in.first + x * in.step];
        return;
    }
    if (self->bits == 16) {  // as libpng's png_set_scale_16
        for (size_t x = 0; x < in.count; x++) out[x * stride] = (uint8_t)((half_at(in, x) * 255u + 32895) >> 16);
        return;
    }
    uint32_t bits = self->bits, top = (1u << bits) - 1;
    uint32_t scale = self->photometric == PHOTOMETRIC_PALETTE ? 1 : 255 / top;
    for (size_t x = 0; x < in.count; x++) {
        size_t bit = (in.first + x * in.step) * bits;
        out[x * stride] = (uint8_t)((in.plane[bit / 8] >> (8 - bits - bit % 8) & top) * scale);
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
    size_t used = (size_t)tiff_used(self), channels = self->colors == 1 ? 1 : 3;
    int is_white = self->photometric == PHOTOMETRIC_MINISWHITE;
    if (self->photometric == PHOTOMETRIC_PALETTE) channels = 3;
    // What is gray or RGB already needs no more than its levels.
    int is_final = is_white || self->photometric == PHOTOMETRIC_MINISBLACK || self->photometric == PHOTOMETRIC_RGB;
    if (is_final && self->alpha == NO_ALPHA) levels = out;
    for (size_t s = 0; s < used; s++) take_levels(self, samples_of(self, planes, s, pixels), levels + s, used);
    if (levels == out) {
        for (size_t x = 0; is_white && x < pixels; x++) out[x] = 255 - out[x];
        return;
    }
    if (self->photometric == PHOTOMETRIC_PALETTE && self->alpha == NO_ALPHA)
        return image_expand(&self->palette, levels, pixels, 3, out);
    for (size_t x = 0; x < pixels; x++) convert_pixel(self, levels + x * used, out + x * channels);
}
