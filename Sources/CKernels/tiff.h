// An open TIFF and the conversion of its rows.

#ifndef PREP_TIFF_H
#define PREP_TIFF_H

#include "image.h"

#include <tiffio.h>

enum alpha { NO_ALPHA, STRAIGHT_ALPHA, ASSOCIATED_ALPHA };

struct tiff {
    TIFF *tiff;
    size_t offset;
    uint16_t bits, samples, format, photometric, compression;
    int is_planar;          // one plane after the other
    int is_tiled;
    int is_reading;         // pixels, so that warnings count
    int colors;             // samples of colour: 1, 3 or 4
    enum alpha alpha;       // follows the colours
    int is_converted;       // from YCbCr, by libtiff
    uint32_t segment_width, segment_height;  // of strips or tiles
    size_t segment_bytes, row_bytes;         // of one plane
    double least, greatest, scale;           // of levels that have no fixed range
    int has_nan;
    struct palette palette;
};

// Samples of a pixel that are read: colours and alpha.
static inline int tiff_used(const struct tiff *self) { return self->colors + (self->alpha != NO_ALPHA); }

// Opens the file and reads the header of its first page.
void tiff_open(struct image *self);

// Whether black and white follow from the levels: of floats, signed integers and integers of 32 bits.
int tiff_is_measured(const struct tiff *self);

// Extends `least` and `greatest` by `pixels` pixels.
void tiff_measure_row(struct tiff *self, const uint8_t *const *planes, size_t pixels);

// Converts `pixels` pixels to gray or RGB. `levels` has room for as many levels as are read.
void tiff_convert_row(
    const struct tiff *self, const uint8_t *const *planes, size_t pixels, uint8_t *levels, uint8_t *out);

#endif
