// The weight gradient of a convolution with a kernel of 3x3 or 4x4 by Winograd's minimal filtering: at each point of the
// transforms a product of matrices that sums over tiles.
//
// Some tiles of all channels are transformed, V, then their output gradients for one or two panels of filters after the
// other, Z. For sixteen channels at a time, the sums at all points are transformed to the gradients of a kernel's weights at once,
// so that only these are kept.

#include "winograd.h"

// Tiles that are transformed at once: V should have VALUES floats at most. With few tiles, the transform of the sums
// would take too much of the time.
enum { VALUES = 1 << 17, LEAST_TILES = 48, MOST_TILES = 96 };

INLINE size_t tiles_at_once(const tensor_convolution_shape *s) {
    const size_t fitting = VALUES / (POINTS * up_to_lanes((size_t)s->channels));
    return fitting < LEAST_TILES ? LEAST_TILES : at_most(fitting, MOST_TILES);
}

// Floats from the sums of a point to those of the next.
enum { SUMS_STEP = (LANES + 1) * LANES };

// A weight gradient: what it reads, and its memory for some tiles, the tiles first ..< first + count.
typedef struct {
    const tensor_convolution_shape *shape;
    tile_grid grid;
    tiled_images inputs, gradients;
    size_t chunk, first, count;
    // Floats from one point to the next, and from one block of sixteen channels to the next.
    size_t step, block;
    float *values, *panels, *sums, *zeros;
} work;

// Tiles that are needed soon.
typedef struct {
    tiled_images images;
    size_t first, count, channels;
} tiles_ahead;

// Fetches part `part` of `parts` of them into the cache. The processor does not foresee them itself, because they are
// short runs of large images.
INLINE void fetch_part(tiles_ahead a, tile_grid grid, size_t part, size_t parts, const int tile) {
    const tiled_images m = a.images;
    for (size_t t = part * a.count / parts; t < (part + 1) * a.count / parts; t++) {
        const tile_place at = place_of(grid, a.first + t, (size_t)tile);
        const size_t down = at_most(m.rows - at.y, (size_t)tile), across = at_most(m.columns - at.x, (size_t)tile);
        const float *pixel = pixel_at(m, at);
        for (size_t y = 0; y < down; y++, pixel += m.width * m.channels)
            for (size_t x = 0; x < across; x++)
                for (size_t c = 0; c < a.channels; c += LANES) __builtin_prefetch(pixel + x * m.channels + c, 0, 2);
    }
}

// V: [channels / 16][point][tile][16].
INLINE void transform_values(work w, const int tile) {
    const size_t channels = w.inputs.channels;
    for (size_t t = 0; t < w.count; t++) {
        const float *pixels[POINTS];
        find_pixels(w.inputs, place_of(w.grid, w.first + t, (size_t)tile), w.zeros, pixels, SIDE);
        float *values = w.values + t * LANES;
        if (channels < LANES) transform_inputs(pixels, 0, channels, values, w.step, tile);
        else
            for (size_t c = 0; c < channels; c += LANES, values += w.block)
                transform_inputs(pixels, first_of_lanes(c, channels), LANES, values, w.step, tile);
    }
}

// Z: [point][tile][16].
INLINE void transform_panel(work w, size_t filter, float *panel, const int tile) {
    for (size_t t = 0; t < w.count; t++) {
        const float *pixels[MOST_OUTPUTS];
        find_pixels(w.gradients, place_of(w.grid, w.first + t, (size_t)tile), w.zeros, pixels, tile);
        LINE_ALIGNED lanes between[POINTS];
        columns_of_pixels(gradients_at_points, pixels, filter, LANES, between, tile, SIDE, tile);
        rows_to_points(gradients_at_points, between, tile, panel + t * LANES, w.step, tile);
    }
}

// Sums `count` channels' products with sixteen filters, or with a pair of panels, at one point.
INLINE void sum_block(work w, const float *values, const float *gradients, float *sums, const int count,
                      const int panels) {
    const block_steps steps = {1, LANES, w.block};
    block_sums all = {{0}};
    add_products(all, values, gradients, steps, w.count, count, panels);
    EACH_ROW for (int p = 0; p < panels; p++, sums += POINTS * SUMS_STEP)
        EACH_ROW for (int r = 0; r < count; r++) *(lanes *)(sums + (size_t)r * LANES) = all[p][r];
}

// Does the same for the channels first ..< LANES of sixteen.
INLINE void sum_point(work w, const float *values, const float *gradients, float *sums, size_t first, const int rows,
                      const int panels) {
    EACH_BLOCK(c, first, LANES, rows, sum_block(w, values + c, gradients, sums + c * LANES, count, panels));
}

// Transforms one channel's sums, and adds them to the gradients of its weights, `step` floats apart.
INLINE void finish_channel(const float *sums, float *weight_gradient, size_t step, int is_first, const int tile) {
    LINE_ALIGNED lanes between[POINTS];
    columns_of_points(weights_from_points, sums, SUMS_STEP, between, kernel_of(tile), tile);
    EACH_LINE for (int y = 0; y < kernel_of(tile); y++) {
        lanes g[SIDE];
        weights_from_points(between + y * SIDE, g, tile);
        EACH_ROW for (int x = 0; x < kernel_of(tile); x++, weight_gradient += step) {
            lanes *target = (lanes *)weight_gradient;
            *target = is_first ? g[x] : *target + g[x];
        }
    }
}

// Sums the products of all channels with the panel `index` of the filters, or a pair, while the next tiles are fetched.
INLINE void sum_panels(work w, size_t index, float *weight_gradient, const int tile, const int rows,
                       const int panels) {
    const size_t channels = w.inputs.channels, blocks = panels_of(channels), points = POINTS;
    const size_t end = w.first + w.count, following = at_most(w.grid.total - end, w.chunk);
    const size_t size = channels * taps_of(tile) * LANES;
    const tiles_ahead inputs = {w.inputs, end, following, channels};
    const size_t all = panels_of((size_t)w.shape->filters), next = index + (size_t)panels;
    // Those of the next panels of these tiles, or of the first panels of the next tiles.
    const size_t first = next < all ? next : 0, fetched = at_most((size_t)panels, all - first);
    tiles_ahead gradients = {w.gradients, next < all ? w.first : end, next < all ? w.count : following,
                             fetched * LANES};
    gradients.images.pixels += first * LANES;
    for (size_t b = 0; b < blocks; b++) {
        const size_t start = first_of_lanes(b * LANES, channels), skipped = b * LANES - start;
        for (size_t i = 0; i < points; i++) {
            fetch_part(gradients, w.grid, b * points + i, blocks * points, tile);
            for (int p = 0; p < panels; p++)
                fetch_part(inputs, w.grid, ((index + (size_t)p) * blocks + b) * points + i, all * blocks * points,
                           tile);
            sum_point(w, w.values + b * w.block + i * w.step, w.panels + i * w.step, w.sums + i * SUMS_STEP, skipped,
                      rows, panels);
        }
        for (int p = 0; p < panels; p++)
            for (size_t c = b * LANES; c < at_most(start + LANES, channels); c++)
                finish_channel(w.sums + (size_t)p * POINTS * SUMS_STEP + (c - start) * LANES,
                               weight_gradient + (index + (size_t)p) * size + c * LANES, channels * LANES, w.first == 0,
                               tile);
    }
}

INLINE work prepare(const tensor_convolution_shape *s, const float *padded, const float *gradient, float *scratch,
                    const int tile) {
    const size_t zeros = up_to_lanes((size_t)(s->channels > s->filters ? s->channels : s->filters));
    const size_t chunk = tiles_at_once(s), step = point_step(chunk, LANES), block = POINTS * step;
    const tiled_images gradients = {gradient, (size_t)s->gradient_height, (size_t)s->gradient_width,
                                    (size_t)s->gradient_channels, (size_t)s->rows, (size_t)s->columns};
    work w = {s, grid_of(s, (size_t)tile), inputs_of(s, padded), gradients, chunk, 0, 0, step, block, scratch,
              NULL, NULL, NULL};
    w.panels = w.values + panels_of((size_t)s->channels) * block;
    w.sums = w.panels + PAIR * block;
    w.zeros = w.sums + PAIR * POINTS * SUMS_STEP;
    for (size_t i = 0; i < zeros; i++) w.zeros[i] = 0;
    return w;
}

// Adds the share of the panel `index` of the filters, or of a pair.
INLINE void add_panels(work w, size_t index, float *weight_gradient, const int tile, const int rows,
                       const int panels) {
    for (int p = 0; p < panels; p++)
        transform_panel(w, (index + (size_t)p) * LANES, w.panels + (size_t)p * w.block, tile);
    sum_panels(w, index, weight_gradient, tile, rows, panels);
}

INLINE void weights_tiles(work w, float *weight_gradient, const int tile, const int rows) {
    const size_t panels = panels_of((size_t)w.shape->filters);
    for (; w.first < w.grid.total; w.first += w.chunk) {
        w.count = at_most(w.grid.total - w.first, w.chunk);
        transform_values(w, tile);
        EACH_PANELS(index, panels, rows, add_panels(w, index, weight_gradient, tile, block_rows, block_panels));
    }
}

INLINE void weights(const tensor_convolution_shape *s, const float *padded, const float *gradient,
                    float *weight_gradient, float *scratch, const int rows) {
    if (s->kernel == 4) weights_tiles(prepare(s, padded, gradient, scratch, 3), weight_gradient, 3, rows);
    else weights_tiles(prepare(s, padded, gradient, scratch, 4), weight_gradient, 4, rows);
}

INLINE size_t cost(const tensor_convolution_shape *s) {
    const size_t blocks = panels_of((size_t)s->channels), panels = panels_of((size_t)s->filters);
    const size_t tiles = grid_of(s, (size_t)tile_of(s->kernel)).total, chunk = tiles_at_once(s);
    // The sums of sixteen channels cost less to transform, because they are in the cache.
    const size_t sums = (tiles + chunk - 1) / chunk * blocks * panels * LANES * POINT_COST / 2;
    return POINTS * (tiles * (blocks * panels * LANES + (blocks + panels) * POINT_COST) + sums);
}

int tensor_winograd_weights_wins(const tensor_convolution_shape *shape) {
    return has_tile(shape->kernel) && cost(shape) < direct_cost(shape);
}

size_t tensor_winograd_weights_scratch(const tensor_convolution_shape *shape) {
    const size_t channels = up_to_lanes((size_t)shape->channels), filters = up_to_lanes((size_t)shape->filters);
    const size_t step = point_step(tiles_at_once(shape), LANES);
    return POINTS * ((channels / LANES + PAIR) * step + PAIR * SUMS_STEP) + (channels > filters ? channels : filters);
}

BY_ROWS(tensor_winograd_weights,
        (const tensor_convolution_shape *shape, const float *padded, const float *gradient,
         float *weight_gradient, float *scratch),
        weights, shape, padded, gradient, weight_gradient, scratch)
