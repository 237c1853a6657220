// What the decoders of WebP, TIFF, GIF and BMP share: an open image with its codec, and Pillow's conversions.

#ifndef PREP_IMAGE_H
#define PREP_IMAGE_H

#include "CKernels.h"

struct image;

// The functions of one format. `open` fills the header and allocates no memory that grows with the image; `open` and
// `read` report errors with `image_fail`; `close` frees `state`, also after a failed `open`.
struct codec {
    void (*open)(struct image *self);
    void (*read)(struct image *self, uint8_t *out);
    void (*close)(struct image *self);
};

extern const struct codec image_webp, image_tiff, image_gif, image_bmp;

struct image {
    kernels_image header;
    const struct codec *codec;
    const uint8_t *bytes;
    size_t count;
    void *state;  // the codec's own
    char message[200];
};

// Notes the first error; later ones follow from it.
void image_fail(struct image *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Notes what kind of image it is that is not read, such as “12 bits per sample”.
void image_refuse(struct image *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Notes that bytes are missing at the end.
void image_fail_truncated(struct image *self);

// A colour channel composited over white: Pillow's BLEND macro with DIV255.
static inline uint8_t image_over_white(uint32_t value, uint32_t alpha) {
    uint32_t sum = 255 * (255 - alpha) + value * alpha + 128;
    return (uint8_t)((sum + (sum >> 8)) >> 8);
}

// 256 colours of 3 bytes.
struct palette {
    uint8_t colors[256][3];
};

// Where a palette is gray, a level is its index, also beyond the entries of the file.
void image_gray_palette(struct palette *palette);

// Makes what follows the first `count` colours black, as Pillow does.
void image_end_palette(struct palette *palette, size_t count);

// Writes the colours of `count` indices, one or three channels each.
void image_expand(const struct palette *palette, const uint8_t *indices, size_t count, int channels, uint8_t *out);

// Fills `count` pixels with one colour.
void image_fill(const uint8_t *color, size_t count, int channels, uint8_t *out);

#endif
