// Convolution with a kernel of 3x3 or 4x4 by Winograd's minimal filtering: transforms that only add and scale, and at each
// of their points a product of matrices that sums over channels.
//
// Some tiles of all channels are transformed, V, and multiplied by one or two panels of filters after the other. The
// products of these, M, are transformed to outputs while they are in the cache.

#include "winograd.h"

// Tiles that are transformed at once: V, with VALUES floats at most, should fit in the second-level cache together
// with M and a point's weights. Few tiles would read the weights too often.
enum { VALUES = 5 << 14, LEAST_TILES = 16, MOST_TILES = 32 };

INLINE size_t tiles_at_once(const tensor_convolution_shape *s) {
    const size_t fitting = VALUES / (POINTS * up_to_lanes((size_t)s->channels));
    return fitting < LEAST_TILES ? LEAST_TILES : at_most(fitting, MOST_TILES);
}

// A convolution: what it reads and writes, and its memory for some tiles.
typedef struct {
    const tensor_convolution_shape *shape;
    tile_grid grid;
    tiled_images inputs;
    const float *bias;
    float *output;
    int relu;
    // The most tiles at once, and the tiles that are: first ..< first + count.
    size_t chunk, first, count;
    // Tiles are rows; then floats from the values or products of one point to those of the next.
    block_steps steps;
    size_t values_step, products_step;
    float *values, *products, *zeros;
} work;

// V: the tiles' values, [point][tile][channel].
INLINE void transform_values(work w, const int tile) {
    const size_t channels = (size_t)w.shape->channels;
    float *values = w.values;
    for (size_t t = 0; t < w.count; t++, values += up_to_lanes(channels)) {
        const float *pixels[POINTS];
        find_pixels(w.inputs, place_of(w.grid, w.first + t, (size_t)tile), w.zeros, pixels, SIDE);
        if (channels < LANES) transform_inputs(pixels, 0, channels, values, w.values_step, tile);
        else
            for (size_t c = 0; c < channels; c += LANES) {
                const size_t channel = first_of_lanes(c, channels);
                transform_inputs(pixels, channel, LANES, values + channel, w.values_step, tile);
            }
    }
}

// Multiplies some tiles' values at one point by the weights of sixteen filters, or of a pair of panels.
INLINE void product_block(work w, const float *values, const float *weights, float *products, const int tiles,
                          const int panels) {
    block_sums sums = {{0}};
    add_products(sums, values, weights, w.steps, (size_t)w.shape->channels, tiles, panels);
    EACH_ROW for (int p = 0; p < panels; p++, products += POINTS * w.products_step)
        EACH_ROW for (int r = 0; r < tiles; r++) *(lanes *)(products + (size_t)r * LANES) = sums[p][r];
}

// M at one point.
INLINE void multiply_point(work w, const float *values, const float *weights, float *products, const int rows,
                           const int panels) {
    const size_t step = w.steps.row;
    EACH_BLOCK(t, 0, w.count, rows,
               product_block(w, values + t * step, weights, products + t * LANES, count, panels));
}

// Transforms one tile's products with the panel whose first filter this is to the outputs that lie in the image.
INLINE void finish_tile(work w, const float *products, tile_place at, size_t filter, lanes bias, const int tile) {
    LINE_ALIGNED lanes between[POINTS];
    columns_of_points(outputs_from_points, products, w.products_step, between, tile, tile);
    const size_t rows = (size_t)w.shape->rows, columns = (size_t)w.shape->columns;
    const size_t filters = (size_t)w.shape->filters, width = at_most(filters, LANES);
    const size_t down = at_most(rows - at.y, (size_t)tile), across = at_most(columns - at.x, (size_t)tile);
    float *output = w.output + ((at.image * rows + at.y) * columns + at.x) * filters + filter;
    EACH_LINE for (size_t y = 0; y < down; y++, output += columns * filters) {
        lanes row[SIDE];
        outputs_from_points(between + y * SIDE, row, tile);
        EACH_ROW for (size_t x = 0; x < (size_t)tile; x++) {
            const lanes sum = row[x] + bias;
            if (x < across)
                store_columns(w.relu ? rectified(sum) : sum, output + x * filters, width);
        }
    }
}

// Transforms the products with the panel `index` of the filters.
INLINE void finish_panel(work w, const float *products, size_t index, const int tile) {
    const size_t filters = (size_t)w.shape->filters, filter = first_of_lanes(index * LANES, filters);
    const lanes bias = w.bias ? load_columns(w.bias + filter, at_most(filters, LANES)) : (lanes)0;
    for (size_t t = 0; t < w.count; t++)
        finish_tile(w, products + t * LANES, place_of(w.grid, w.first + t, (size_t)tile), filter, bias, tile);
}

// Computes the tiles for the panel `index`, or a pair.
INLINE void compute_panels(work w, const float *weights, size_t index, const int tile, const int rows,
                           const int panels) {
    weights += index * w.steps.panel;
    for (size_t i = 0; i < POINTS; i++, weights += (size_t)w.shape->channels * LANES)
        multiply_point(w, w.values + i * w.values_step, weights, w.products + i * w.products_step, rows, panels);
    for (int p = 0; p < panels; p++)
        finish_panel(w, w.products + (size_t)p * POINTS * w.products_step, index + (size_t)p, tile);
}

INLINE work prepare(const tensor_convolution_shape *s, const float *padded, const float *bias, float *output,
                    int relu, float *scratch, const int tile, const size_t block) {
    const size_t chunk = tiles_at_once(s) / block * block, channels = up_to_lanes((size_t)s->channels);
    work w = {s, grid_of(s, (size_t)tile), inputs_of(s, padded), bias, output, relu, chunk, 0, 0,
              {channels, 1, POINTS * (size_t)s->channels * LANES}, point_step(chunk, channels),
              point_step(chunk, LANES), scratch, NULL, NULL};
    w.products = w.values + POINTS * w.values_step;
    w.zeros = w.products + PAIR * POINTS * w.products_step;
    for (size_t c = 0; c < channels; c++) w.zeros[c] = 0;
    return w;
}

INLINE void winograd_tiles(work w, const float *packed, const int tile, const int rows) {
    const size_t panels = panels_of((size_t)w.shape->filters);
    for (; w.first < w.grid.total; w.first += w.chunk) {
        w.count = at_most(w.grid.total - w.first, w.chunk);
        transform_values(w, tile);
        EACH_PANELS(index, panels, rows, compute_panels(w, packed, index, tile, block_rows, block_panels));
    }
}

INLINE void winograd(const tensor_convolution_shape *s, const float *padded, const float *packed,
                     const float *bias, float *output, int relu, float *scratch, const int rows) {
    const size_t block = (size_t)rows;
    if (s->kernel == 4) winograd_tiles(prepare(s, padded, bias, output, relu, scratch, 3, block), packed, 3, rows);
    else winograd_tiles(prepare(s, padded, bias, output, relu, scratch, 4, block), packed, 4, rows);
}

INLINE size_t cost(const tensor_convolution_shape *s) {
    const size_t channels = (size_t)s->channels, panels = panels_of((size_t)s->filters);
    const size_t transforms = panels_of(channels) + panels;
    return grid_of(s, (size_t)tile_of(s->kernel)).total * POINTS * (channels * panels + transforms * POINT_COST);
}

int tensor_winograd_wins(const tensor_convolution_shape *shape) {
    tensor_convolution_shape one = *shape;
    one.batch = 1;
    return has_tile(one.kernel) && cost(&one) < direct_cost(&one);
}

size_t tensor_winograd_scratch(const tensor_convolution_shape *shape) {
    const size_t chunk = tiles_at_once(shape), channels = up_to_lanes((size_t)shape->channels);
    return POINTS * (point_step(chunk, channels) + PAIR * point_step(chunk, LANES)) + channels;
}

BY_ROWS(tensor_winograd,
        (const tensor_convolution_shape *shape, const float *padded, const float *packed, const float *bias,
          float *output, int relu, float *scratch),
        winograd, shape, padded, packed, bias, output, relu, scratch)
