// Convolution with a kernel of 3x3 or 4x4 by Winograd's minimal filtering: transforms that only add and scale, and at each
// of their points a product of matrices that sums over channels.
//
// Some tiles of all channels are transformed, V, and multiplied by one panel of filters after the other. The products
// of a panel, M, are transformed to outputs while they are in the cache.

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
    tiled_images inputs, outputs;
    const float *bias;
    float *output;
    int relu;
    // Tiles at once, and floats from the values or products of one point to those of the next.
    size_t chunk, values_step, products_step;
    float *values, *products, *zeros;
} work;

// V: the values of the tiles first ..< first + count, [point][tile][channel].
INLINE void transform_values(work w, size_t first, size_t count, const int tile) {
    const size_t channels = (size_t)w.shape->channels;
    float *values = w.values;
    for (size_t t = 0; t < count; t++, values += up_to_lanes(channels)) {
        const float *pixels[POINTS];
        find_pixels(w.inputs, place_of(w.grid, first + t, (size_t)tile), w.zeros, pixels, SIDE);
        if (channels < LANES) transform_inputs(pixels, 0, channels, values, w.values_step, tile);
        else
            for (size_t c = 0; c < channels; c += LANES) {
                const size_t channel = first_of_lanes(c, channels);
                transform_inputs(pixels, channel, LANES, values + channel, w.values_step, tile);
            }
    }
}

// Multiplies some tiles' values at one point by the weights of sixteen filters.
INLINE void product_block(const float *values, size_t values_step, const float *weights, size_t channels,
                          float *products, const int tiles) {
    lanes sums[MOST_ROWS];
    EACH_ROW for (int r = 0; r < tiles; r++) sums[r] = 0;
    for (size_t c = 0; c < channels; c++, weights += LANES) {
        const lanes w = *(const lanes *)weights;
        EACH_ROW for (int r = 0; r < tiles; r++) sums[r] += w * values[(size_t)r * values_step + c];
    }
    EACH_ROW for (int r = 0; r < tiles; r++) *(lanes *)(products + (size_t)r * LANES) = sums[r];
}

// M of `count` tiles at one point.
INLINE void multiply_point(const float *values, const float *weights, size_t channels, size_t count,
                           float *products, const int rows) {
    const size_t step = up_to_lanes(channels);
    size_t t = 0;
    for (; t + (size_t)rows <= count; t += (size_t)rows)
        product_block(values + t * step, step, weights, channels, products + t * LANES, rows);
    for (; t + FEW_ROWS <= count; t += FEW_ROWS)
        product_block(values + t * step, step, weights, channels, products + t * LANES, FEW_ROWS);
    for (; t < count; t++) product_block(values + t * step, step, weights, channels, products + t * LANES, 1);
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

// Computes some tiles for the panel `index` of `panels`, while their outputs and the next tiles' inputs are fetched.
INLINE void compute_panel(work w, const float *weights, size_t first, size_t count, size_t index, size_t panels,
                          const int tile, const int rows) {
    const size_t points = POINTS, channels = (size_t)w.shape->channels, end = first + count;
    const size_t filters = (size_t)w.shape->filters, filter = first_of_lanes(index * LANES, filters);
    tiles_ahead outputs = {w.outputs, first, count, LANES};
    outputs.images.pixels += filter;
    const tiles_ahead inputs = {w.inputs, end, at_most(w.grid.total - end, w.chunk), channels};
    for (size_t i = 0; i < points; i++, weights += channels * LANES) {
        fetch_part(outputs, w.grid, i, points, tile);
        fetch_part(inputs, w.grid, index * points + i, panels * points, tile);
        multiply_point(w.values + i * w.values_step, weights, channels, count, w.products + i * w.products_step, rows);
    }
    const lanes bias = w.bias ? load_columns(w.bias + filter, at_most(filters, LANES)) : (lanes)0;
    for (size_t t = 0; t < count; t++)
        finish_tile(w, w.products + t * LANES, place_of(w.grid, first + t, (size_t)tile), filter, bias, tile);
}

INLINE work prepare(const tensor_convolution_shape *s, const float *padded, const float *bias, float *output,
                    int relu, float *scratch, const int tile, const size_t block) {
    const size_t chunk = tiles_at_once(s) / block * block, channels = up_to_lanes((size_t)s->channels);
    const size_t rows = (size_t)s->rows, columns = (size_t)s->columns;
    work w = {s, grid_of(s, (size_t)tile), inputs_of(s, padded),
              {output, rows, columns, (size_t)s->filters, rows, columns}, bias, output, relu, chunk,
              point_step(chunk, channels), point_step(chunk, LANES), scratch, NULL, NULL};
    w.products = w.values + POINTS * w.values_step;
    w.zeros = w.products + POINTS * w.products_step;
    for (size_t c = 0; c < channels; c++) w.zeros[c] = 0;
    return w;
}

INLINE void winograd_tiles(work w, const float *packed, const int tile, const int rows) {
    const size_t panels = up_to_lanes((size_t)w.shape->filters) / LANES;
    const size_t panel = POINTS * (size_t)w.shape->channels * LANES;
    for (size_t first = 0; first < w.grid.total; first += w.chunk) {
        const size_t count = at_most(w.grid.total - first, w.chunk);
        transform_values(w, first, count, tile);
        for (size_t index = 0; index < panels; index++)
            compute_panel(w, packed + index * panel, first, count, index, panels, tile, rows);
    }
}

INLINE void winograd(const tensor_convolution_shape *s, const float *padded, const float *packed,
                     const float *bias, float *output, int relu, float *scratch, const int rows) {
    const size_t block = (size_t)rows;
    if (s->kernel == 4) winograd_tiles(prepare(s, padded, bias, output, relu, scratch, 3, block), packed, 3, rows);
    else winograd_tiles(prepare(s, padded, bias, output, relu, scratch, 4, block), packed, 4, rows);
}

INLINE size_t cost(const tensor_convolution_shape *s) {
    const size_t channels = (size_t)s->channels, panels = up_to_lanes((size_t)s->filters) / LANES;
    const size_t transforms = up_to_lanes(channels) / LANES + panels;
    return grid_of(s, (size_t)tile_of(s->kernel)).total * POINTS * (channels * panels + transforms * POINT_COST);
}

int tensor_winograd_wins(const tensor_convolution_shape *shape) {
    tensor_convolution_shape one = *shape;
    one.batch = 1;
    return has_tile(one.kernel) && cost(&one) < direct_cost(&one);
}

size_t tensor_winograd_scratch(const tensor_convolution_shape *shape) {
    const size_t chunk = tiles_at_once(shape), channels = up_to_lanes((size_t)shape->channels);
    return POINTS * (point_step(chunk, channels) + point_step(chunk, LANES)) + channels;
}

BY_ROWS(tensor_winograd,
        (const tensor_convolution_shape *shape, const float *padded, const float *packed, const float *bias,
          float *output, int relu, float *scratch),
        winograd, shape, padded, packed, bias, output, relu, scratch)
