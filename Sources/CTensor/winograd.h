// What Winograd's convolutions share: the points, the transforms and the tiles.
//
// A tile of outputs, tile x tile pixels, reads SIDE inputs per side. Seen as polynomials, the tile's inputs and the kernel
// are multiplied by their values at as many points: POINTS products per channel instead of 144, which are 4x4 outputs with
// a kernel of 3x3, or 3x3 outputs with one of 4x4.

#ifndef PREP_WINOGRAD_H
#define PREP_WINOGRAD_H

#include "CTensor.h"
#include "blocks.h"

// Inputs per side of a tile and all of them, and the outputs of a tile and weights of a kernel: the most that there are.
enum { SIDE = 6, POINTS = SIDE * SIDE, MOST_OUTPUTS = 16, MOST_TAPS = 16 };

// The points are 0, a, -a, b, -b and infinity. With a = sqrt(1/2) and b = sqrt(2), rounding errors are half as large as
// with the usual 1 and 2, and a^2, b^2 and (a b)^2 are exact.
static const float POINT_A = 0.70710678f, POINT_B = 1.41421356f;

// The tile for a kernel, and the kernel for a tile.
INLINE int tile_of(const int kernel) { return SIDE + 1 - kernel; }

INLINE int kernel_of(const int tile) { return SIDE + 1 - tile; }

// Whether there is a tile for a kernel.
INLINE int has_tile(const int kernel) { return kernel == 3 || kernel == 4; }

INLINE size_t taps_of(const int tile) { return (size_t)(kernel_of(tile) * kernel_of(tile)); }

// The tiles of a micro-batch, row by row and image by image, whichever images they lie in.
typedef struct {
    size_t down, across, total;
} tile_grid;

INLINE tile_grid grid_of(const tensor_convolution_shape *s, size_t tile) {
    const size_t down = ((size_t)s->rows + tile - 1) / tile, across = ((size_t)s->columns + tile - 1) / tile;
    return (tile_grid){down, across, (size_t)s->batch * down * across};
}

// A tile's image, and the first of its rows and columns of output.
typedef struct {
    size_t image, y, x;
} tile_place;

INLINE tile_place place_of(tile_grid grid, size_t index, size_t tile) {
    const size_t row = index / grid.across;
    return (tile_place){row / grid.down, row % grid.down * tile, index % grid.across * tile};
}

// What a transform costs per point of sixteen channels of a tile, in multiply-adds of sixteen lanes: measured.
enum { POINT_COST = 10 };

// What the direct loops cost, in multiply-adds of sixteen lanes.
INLINE size_t direct_cost(const tensor_convolution_shape *s) {
    return (size_t)s->batch * (size_t)s->rows * (size_t)s->columns * (size_t)(s->kernel * s->kernel) *
           (size_t)s->channels * panels_of((size_t)s->filters);
}

// The first of sixteen channels or filters. The last sixteen overlap those before where there is no multiple of
// sixteen: loads and stores of whole vectors are faster, and what is computed twice is the same.
INLINE size_t first_of_lanes(size_t index, size_t count) {
    return count < LANES ? 0 : at_most(index, count - LANES);
}

// Floats from the values of a point to those of the next. A multiple of the page size would map all points of a tile
// to one set of the cache.
INLINE size_t point_step(size_t tiles, size_t channels) { return tiles * channels + LANES; }

// Images of a micro-batch that are read or written by tiles: height x width pixels, of which the first rows x columns
// count.
typedef struct {
    const float *pixels;
    size_t height, width, channels, rows, columns;
} tiled_images;

INLINE tiled_images inputs_of(const tensor_convolution_shape *s, const float *padded) {
    const size_t height = (size_t)s->padded_height, width = (size_t)s->padded_width;
    return (tiled_images){padded, height, width, (size_t)s->channels, height, width};
}

INLINE const float *pixel_at(tiled_images m, tile_place at) {
    return m.pixels + ((at.image * m.height + at.y) * m.width + at.x) * m.channels;
}

// Points to `side` x `side` pixels, the first at the given place; those that do not count point to `zeros`.
INLINE void find_pixels(tiled_images m, tile_place at, const float *zeros, const float **pixels, const int side) {
    const float *first = pixel_at(m, at);
    const int is_inside = at.y + (size_t)side <= m.rows && at.x + (size_t)side <= m.columns;
    EACH_ROW for (size_t y = 0; y < (size_t)side; y++)
        EACH_ROW for (size_t x = 0; x < (size_t)side; x++)
            *pixels++ = is_inside || (at.y + y < m.rows && at.x + x < m.columns)
                            ? first + (y * m.width + x) * m.channels
                            : zeros;
}

// One row or column of inputs at all points, which are the same for each tile.
INLINE void inputs_at_points(const lanes *d, lanes *v, const int tile) {
    (void)tile;
    v[0] = (d[0] + d[4]) - 2.5f * d[2];
    v[5] = (d[1] + d[5]) - 2.5f * d[3];
    const lanes even_a = d[4] - 2 * d[2], odd_a = d[3] - 2 * d[1];
    v[1] = even_a + POINT_A * odd_a;
    v[2] = even_a - POINT_A * odd_a;
    const lanes even_b = d[4] - 0.5f * d[2], odd_b = d[3] - 0.5f * d[1];
    v[3] = even_b + POINT_B * odd_b;
    v[4] = even_b - POINT_B * odd_b;
}

// The values of a polynomial of `count` coefficients, two to four, at all points; those at +-a and +-b are scaled.
INLINE void at_points(const lanes *c, lanes *v, const int count, const float scale_a, const float scale_b) {
    v[0] = c[0];
    v[SIDE - 1] = c[count - 1];
    const lanes even_a = count > 2 ? c[0] + 0.5f * c[2] : c[0], odd_a = count > 3 ? c[1] + 0.5f * c[3] : c[1];
    v[1] = scale_a * even_a + (scale_a * POINT_A) * odd_a;
    v[2] = scale_a * even_a - (scale_a * POINT_A) * odd_a;
    const lanes even_b = count > 2 ? c[0] + 2 * c[2] : c[0], odd_b = count > 3 ? c[1] + 2 * c[3] : c[1];
    v[3] = scale_b * even_b + (scale_b * POINT_B) * odd_b;
    v[4] = scale_b * even_b - (scale_b * POINT_B) * odd_b;
}

// The transpose of the above: `count` sums of the values at all points.
INLINE void from_points(const lanes *v, lanes *c, const int count, const float scale_a, const float scale_b) {
    const lanes even_a = scale_a * (v[1] + v[2]), odd_a = (scale_a * POINT_A) * (v[1] - v[2]);
    const lanes even_b = scale_b * (v[3] + v[4]), odd_b = (scale_b * POINT_B) * (v[3] - v[4]);
    c[0] = v[0] + (even_a + even_b);
    c[1] = odd_a + odd_b;
    if (count > 2) c[2] = 0.5f * even_a + 2 * even_b;
    if (count > 3) c[3] = 0.5f * odd_a + 2 * odd_b;
    c[count - 1] += v[SIDE - 1];
}

// What the polynomials of the points are multiples of divides the kernel's values.
static const float SCALE_A = -2 / 3.0f, SCALE_B = 1 / 6.0f;

// One row or column of outputs from the products at all points.
INLINE void outputs_from_points(const lanes *m, lanes *y, const int tile) { from_points(m, y, tile, 1, 1); }

// One row or column of output gradients at all points.
INLINE void gradients_at_points(const lanes *y, lanes *z, const int tile) { at_points(y, z, tile, 1, 1); }

// One row or column of a kernel at all points.
INLINE void weights_at_points(const lanes *g, lanes *u, const int tile) {
    at_points(g, u, kernel_of(tile), SCALE_A, SCALE_B);
}

// One row or column of a kernel's gradient from the sums at all points.
INLINE void weights_from_points(const lanes *u, lanes *g, const int tile) {
    from_points(u, g, kernel_of(tile), SCALE_A, SCALE_B);
}

// One of the transforms above.
typedef void line_transform(const lanes *in, lanes *out, const int tile);

// Transforms are applied to the columns of what they read, then to the rows of that. These are loops: unrolled, they
// would need more registers than there are.
#define EACH_LINE _Pragma("clang loop unroll(disable)")

// Transforms the columns of in_side x in_side pixels: sixteen channels, of which `count` exist.
INLINE void columns_of_pixels(line_transform transform, const float *const *pixels, size_t channel, size_t count,
                              lanes *between, const int in_side, const int out_side, const int tile) {
    EACH_LINE for (int x = 0; x < in_side; x++) {
        lanes in[SIDE], out[SIDE];
        EACH_ROW for (int y = 0; y < in_side; y++) in[y] = load_columns(pixels[y * in_side + x] + channel, count);
        transform(in, out, tile);
        EACH_ROW for (int y = 0; y < out_side; y++) between[y * in_side + x] = out[y];
    }
}

// Transforms the columns of values at all points, which are `step` floats apart.
INLINE void columns_of_points(line_transform transform, const float *values, size_t step, lanes *between,
                              const int out_side, const int tile) {
    EACH_LINE for (int x = 0; x < SIDE; x++) {
        lanes in[SIDE], out[SIDE];
        EACH_ROW for (int y = 0; y < SIDE; y++) in[y] = *(const lanes *)(values + (size_t)(y * SIDE + x) * step);
        transform(in, out, tile);
        EACH_ROW for (int y = 0; y < out_side; y++) between[y * SIDE + x] = out[y];
    }
}

// Transforms rows of `in_side` to values at all points, `step` floats apart.
INLINE void rows_to_points(line_transform transform, const lanes *between, const int in_side, float *values,
                           size_t step, const int tile) {
    EACH_LINE for (int y = 0; y < SIDE; y++) {
        lanes out[SIDE];
        transform(between + y * in_side, out, tile);
        EACH_ROW for (int x = 0; x < SIDE; x++) *(lanes *)(values + (size_t)(y * SIDE + x) * step) = out[x];
    }
}

// Transforms sixteen channels of a tile's inputs.
INLINE void transform_inputs(const float *const *pixels, size_t channel, size_t count, float *values, size_t step,
                             const int tile) {
    LINE_ALIGNED lanes between[POINTS];
    columns_of_pixels(inputs_at_points, pixels, channel, count, between, SIDE, SIDE, tile);
    rows_to_points(inputs_at_points, between, SIDE, values, step, tile);
}

#endif
