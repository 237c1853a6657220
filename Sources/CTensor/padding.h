// Where rows of images lie in padded images.

#ifndef PREP_PADDING_H
#define PREP_PADDING_H

#include "CTensor.h"
#include "vectors.h"

// The first pixel of a row, counted over all images.
INLINE float *padded_row(const tensor_padding *p, float *padded, size_t row) {
    const size_t image = row / (size_t)p->height, y = row % (size_t)p->height + (size_t)p->top;
    return padded + ((image * (size_t)p->padded_height + y) * (size_t)p->padded_width + (size_t)p->left) *
                        (size_t)p->padded_channels;
}

#endif
