// A TIFF reader with libtiff: the first page, strips or tiles, in one plane or several.

#include "tiff.h"

#include <stdlib.h>
#include <string.h>

// The most bytes that strips and tiles may have together beyond those of the file: they may share bytes.
enum { SHARED_LIMIT = 64 << 20 };

// Strips and tiles must lie in the file, and not be many times as large as it.
static void check_segments(struct image *self) {
    TIFF *tiff = ((struct tiff *)self->state)->tiff;
    uint32_t count = TIFFIsTiled(tiff) ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count && !self->header.error; i++) {
        uint64_t start = TIFFGetStrileOffset(tiff, i), bytes = TIFFGetStrileByteCount(tiff, i);
        if (start > self->count || bytes > self->count - start) return image_fail_truncated(self);
        sum += bytes;
        if (sum > self->count + SHARED_LIMIT) return image_fail(self, "its strips are larger than the file");
    }
}

// Reads the strips or tiles of all planes at `x`, `y` into `planes`.
static void read_segment(struct image *self, uint8_t *const *planes, uint32_t x, uint32_t y) {
    const struct tiff *state = self->state;
    int count = state->is_planar ? tiff_used(state) : 1;
    uint32_t left = self->header.height - y, rows = left < state->segment_height ? left : state->segment_height;
    size_t size = state->is_tiled ? state->segment_bytes : state->row_bytes * rows;
    for (int plane = 0; plane < count && !self->header.error; plane++) {
        tmsize_t read =
            state->is_tiled
                ? TIFFReadEncodedTile(state->tiff, TIFFComputeTile(state->tiff, x, y, 0, (uint16_t)plane),
                                      planes[plane], (tmsize_t)size)
                : TIFFReadEncodedStrip(state->tiff, TIFFComputeStrip(state->tiff, y, (uint16_t)plane),
                                       planes[plane], (tmsize_t)size);
        if (read < 0 || (size_t)read < size) image_fail(self, "a strip or tile that ends too early");
    }
}

// Reads all strips or tiles and converts their rows to `out`; or measures them, if it is NULL.
static void read_segments(struct image *self, uint8_t *const *planes, uint8_t *levels, uint8_t *out) {
    struct tiff *state = self->state;
    uint32_t width = self->header.width, height = self->header.height;
    for (uint32_t y = 0; y < height; y += state->segment_height) {
        for (uint32_t x = 0; x < width; x += state->segment_width) {
            read_segment(self, planes, x, y);
            if (self->header.error) return;
            uint32_t pixels = width - x < state->segment_width ? width - x : state->segment_width;
            for (uint32_t row = 0; row < state->segment_height && row < height - y; row++) {
                const uint8_t *rows[5];
                for (int s = 0; s < 5; s++) rows[s] = planes[s] ? planes[s] + row * state->row_bytes : NULL;
                size_t place = ((size_t)(y + row) * width + x) * (size_t)self->header.channels;
                if (out)
                    tiff_convert_row(state, rows, pixels, levels, out + place);
                else
                    tiff_measure_row(state, rows, pixels);
            }
        }
    }
}

// Sets `scale` from the levels of the whole image: floats in 0...1 and any numbers in 0...255 are known, others not.
static void choose_scale(struct image *self) {
    struct tiff *state = self->state;
    if (state->has_nan) return image_refuse(self, "levels that are not numbers (NaN)");
    if (state->least < 0 || state->greatest > 255)
        return image_refuse(
            self, "levels from %g to %g, neither in 0...1 nor in 0...255", state->least, state->greatest);
    state->scale = state->format == SAMPLEFORMAT_IEEEFP && state->greatest <= 1 ? 255 : 1;
}

static void read_planes(struct image *self, uint8_t *out) {
    struct tiff *state = self->state;
    size_t used = (size_t)tiff_used(state), count = state->is_planar ? used : 1;
    uint8_t *planes[5] = {NULL};
    // Zeros, so that pixels cannot depend on earlier images, whatever a codec leaves out.
    uint8_t *levels = malloc((size_t)state->segment_width * used), *buffer = calloc(count, state->segment_bytes);
    if (levels && buffer) {
        for (size_t plane = 0; plane < count; plane++) planes[plane] = buffer + plane * state->segment_bytes;
        if (tiff_is_measured(state)) {
            state->least = state->greatest = 0;
            read_segments(self, planes, levels, NULL);
            if (!self->header.error) choose_scale(self);
        }
        if (!self->header.error) read_segments(self, planes, levels, out);
    } else {
        image_fail(self, "out of memory");
    }
    free(levels);
    free(buffer);
}

// Lets libtiff convert YCbCr.
static void read_converted(struct image *self, uint8_t *out) {
    struct tiff *state = self->state;
    size_t area = (size_t)self->header.width * self->header.height;
    char text[1024] = "";
    TIFFRGBAImage converter;
    if (!TIFFRGBAImageOK(state->tiff, text) || !TIFFRGBAImageBegin(&converter, state->tiff, 1, text))
        return image_fail(self, "%.150s", text);
    converter.req_orientation = converter.orientation = ORIENTATION_TOPLEFT;
    uint32_t *raster = malloc(area * sizeof *raster);
    int read = raster && TIFFRGBAImageGet(&converter, raster, self->header.width, self->header.height);
    if (!read) image_fail(self, "YCbCr that libtiff cannot convert");
    for (size_t i = 0; i < area && read; i++)
        memcpy(out + 3 * i, (uint8_t[]){TIFFGetR(raster[i]), TIFFGetG(raster[i]), TIFFGetB(raster[i])}, 3);
    free(raster);
    TIFFRGBAImageEnd(&converter);
}

static void tiff_read(struct image *self, uint8_t *out) {
    struct tiff *state = self->state;
    check_segments(self);
    if (self->header.error) return;
    state->is_reading = 1;
    if (state->is_converted)
        read_converted(self, out);
    else
        read_planes(self, out);
}

static void tiff_close(struct image *self) {
    struct tiff *state = self->state;
    if (state && state->tiff) TIFFClose(state->tiff);
    free(state);
}

const struct codec image_tiff = {tiff_open, tiff_read, tiff_close};
