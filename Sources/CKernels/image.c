// One interface for WebP, TIFF, GIF and BMP; each format has a file of its own.

#include "image.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(struct image *self, kernels_problem problem, const char *format, va_list arguments) {
    if (self->header.error) return;
    vsnprintf(self->message, sizeof self->message, format, arguments);
    self->header.error = self->message;
    self->header.problem = problem;
}

void image_fail(struct image *self, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    note(self, KERNELS_CORRUPT, format, arguments);
    va_end(arguments);
}

void image_refuse(struct image *self, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    note(self, KERNELS_UNSUPPORTED, format, arguments);
    va_end(arguments);
}

void image_fail_truncated(struct image *self) {
    if (self->header.error) return;
    image_fail(self, "truncated");
    self->header.problem = KERNELS_TRUNCATED;
}

void image_gray_palette(struct palette *palette) {
    for (int i = 0; i < 256; i++)
        for (int c = 0; c < 3; c++) palette->colors[i][c] = (uint8_t)i;
}

void image_end_palette(struct palette *palette, size_t count) {
    memset(palette->colors[count], 0, (256 - count) * sizeof palette->colors[0]);
}

void image_expand(const struct palette *palette, const uint8_t *indices, size_t count, int channels, uint8_t *out) {
    if (channels == 1) {
        for (size_t i = 0; i < count; i++) out[i] = palette->colors[indices[i]][0];
        return;
    }
    for (size_t i = 0; i < count; i++) memcpy(out + 3 * i, palette->colors[indices[i]], 3);
}

void image_fill(const uint8_t *color, size_t count, int channels, uint8_t *out) {
    if (channels == 1) {
        memset(out, color[0], count);
        return;
    }
    for (size_t i = 0; i < count; i++) memcpy(out + 3 * i, color, 3);
}

kernels_image *kernels_image_open(kernels_format format, const uint8_t *bytes, size_t count) {
    static const struct codec *const codecs[] = {
        [KERNELS_WEBP] = &image_webp,
        [KERNELS_TIFF] = &image_tiff,
        [KERNELS_GIF] = &image_gif,
        [KERNELS_BMP] = &image_bmp,
    };
    struct image *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->codec = codecs[format];
    self->bytes = bytes;
    self->count = count;
    self->codec->open(self);
    return &self->header;
}

// The header is the first member.
static struct image *whole(kernels_image *image) { return (struct image *)image; }

int kernels_image_read(kernels_image *image, uint8_t *out) {
    struct image *self = whole(image);
    if (!image->error) self->codec->read(self, out);
    return image->error ? -1 : 0;
}

void kernels_image_close(kernels_image *image) {
    if (!image) return;
    struct image *self = whole(image);
    self->codec->close(self);
    free(self);
}
