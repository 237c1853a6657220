// A BMP reader of our own. It reads what Pillow reads and refuses what Pillow refuses: headers of Windows and OS/2 of
// 12, 40, 52, 56, 64, 108 and 124 bytes; 1, 4, 8, 16, 24 and 32 bits; RLE4, RLE8, and Pillow's list of bit fields.

#include "image.h"

#include <stdlib.h>
#include <string.h>

enum { RAW = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3 };
enum { FILE_HEADER = 14 };

struct bmp {
    uint32_t bits, compression;
    int is_top_down;
    size_t pixels, stride;  // where pixels begin, and bytes from row to row
    int places[4];          // of red, green, blue and alpha in a pixel of 32 bits; -1 for no alpha
    int green_bits;         // of a pixel of 16 bits: 5 or 6
    struct palette palette;
};

static uint32_t little(const uint8_t *bytes, int count) {
    uint32_t value = 0;
    for (int i = count - 1; i >= 0; i--) value = value << 8 | bytes[i];
    return value;
}

// Red, green, blue and alpha of 32 bits: those that Pillow knows. Without masks, there is alpha.
static const uint32_t known_masks[][4] = {
    {0xFF0000, 0xFF00, 0xFF, 0},          {0xFF000000, 0xFF0000, 0xFF00, 0},   {0xFF000000, 0xFF00, 0xFF, 0},
    {0xFF000000, 0xFF0000, 0xFF00, 0xFF}, {0xFF, 0xFF00, 0xFF0000, 0xFF000000}, {0xFF0000, 0xFF00, 0xFF, 0xFF000000},
    {0xFF000000, 0xFF00, 0xFF, 0xFF0000}, {0, 0, 0, 0},
};

static int place(uint32_t mask) { return mask == 0xFF ? 0 : mask == 0xFF00 ? 1 : mask == 0xFF0000 ? 2 : 3; }

// Takes the masks of bit fields; 0 if they are unknown.
static int take_masks(struct bmp *bmp, const uint32_t *masks) {
    static const uint32_t blue_green_red[] = {0xFF0000, 0xFF00, 0xFF}, five_six_five[] = {0xF800, 0x7E0, 0x1F},
                          five_five_five[] = {0x7C00, 0x3E0, 0x1F};
    size_t three = 3 * sizeof *masks;
    if (bmp->bits == 24) return memcmp(masks, blue_green_red, three) == 0;
    if (bmp->bits == 16) {
        bmp->green_bits = memcmp(masks, five_six_five, three) == 0 ? 6 : 5;
        return bmp->green_bits == 6 || memcmp(masks, five_five_five, three) == 0;
    }
    for (size_t i = 0; bmp->bits == 32 && i < sizeof known_masks / sizeof *known_masks; i++) {
        if (memcmp(masks, known_masks[i], sizeof known_masks[i]) != 0) continue;
        if (masks[0] == 0) {
            bmp->places[3] = 3;
            return 1;
        }
        for (int c = 0; c < 4; c++) bmp->places[c] = c == 3 && masks[c] == 0 ? -1 : place(masks[c]);
        return 1;
    }
    return 0;
}

// Reads the palette of `colors` entries at `start`. Returns whether it is gray as Pillow sees it: a level is its index,
// or black and white. -1 if it cannot be read.
static int take_palette(struct image *self, size_t start, uint32_t colors, size_t entry) {
    struct bmp *bmp = self->state;
    image_gray_palette(&bmp->palette);
    if (colors > 256) {
        image_refuse(self, "a palette of %u colours", (unsigned)colors);
        return -1;
    }
    if (self->count < start || self->count - start < colors * entry) {
        image_fail_truncated(self);
        return -1;
    }
    int is_gray = 1;
    for (uint32_t i = 0; i < colors; i++) {
        const uint8_t *color = self->bytes + start + i * entry;
        for (int c = 0; c < 3; c++) {
            bmp->palette.colors[i][c] = color[2 - c];
            is_gray &= color[c] == (colors == 2 ? 255 * i : i);
        }
    }
    if (!is_gray) image_end_palette(&bmp->palette, colors);
    return is_gray;
}

static int is_run_length(const struct bmp *bmp) { return bmp->compression == RLE8 || bmp->compression == RLE4; }

// Checks depth and compression.
static void check_kind(struct image *self) {
    struct bmp *bmp = self->state;
    uint32_t bits = bmp->bits;
    if (bits != 1 && bits != 4 && bits != 8 && bits != 16 && bits != 24 && bits != 32)
        image_refuse(self, "%u bits per pixel", (unsigned)bits);
    else if (bmp->compression > BITFIELDS || (bmp->compression == RLE8 && bits != 8) ||
             (bmp->compression == RLE4 && bits != 4))
        image_refuse(self, "compression %u of %u bits", (unsigned)bmp->compression, (unsigned)bits);
}

// Reads the masks of bit fields, which begin at byte 40 of longer headers and follow a header of 40 bytes.
static void read_masks(struct image *self, size_t header_size) {
    struct bmp *bmp = self->state;
    uint32_t masks[4] = {0, 0, 0, 0};
    int count = header_size >= 56 ? 4 : 3;
    if (self->count < FILE_HEADER + 40 + 4 * (size_t)count) return image_fail_truncated(self);
    for (int i = 0; i < count; i++) masks[i] = little(self->bytes + FILE_HEADER + 40 + 4 * i, 4);
    if (!take_masks(bmp, masks)) image_refuse(self, "an unknown layout of bit fields");
}

static void bmp_open(struct image *self) {
    struct bmp *bmp = self->state = calloc(1, sizeof *bmp);
    if (!bmp) return image_fail(self, "out of memory");
    if (self->count < FILE_HEADER + 12) return image_fail_truncated(self);
    const uint8_t *header = self->bytes + FILE_HEADER;
    size_t size = little(header, 4), offset = little(self->bytes + 10, 4);
    int is_core = size == 12;
    if (!is_core && size != 40 && size != 52 && size != 56 && size != 64 && size != 108 && size != 124)
        return image_refuse(self, "a header of %zu bytes", size);
    if (self->count < FILE_HEADER + size) return image_fail_truncated(self);
    bmp->is_top_down = !is_core && header[11] == 0xFF;  // a negative height
    uint32_t height = is_core ? little(header + 6, 2) : little(header + 8, 4);
    self->header.width = is_core ? little(header + 4, 2) : little(header + 4, 4);
    self->header.height = bmp->is_top_down ? 0 - height : height;
    bmp->bits = little(header + (is_core ? 10 : 14), 2);
    bmp->compression = is_core ? RAW : little(header + 16, 4);
    memcpy(bmp->places, (int[]){2, 1, 0, -1}, sizeof bmp->places);
    bmp->green_bits = 5;
    check_kind(self);
    if (self->header.error) return;
    size_t end = FILE_HEADER + size;  // of header, masks and palette
    if (bmp->compression == BITFIELDS) {
        read_masks(self, size);
        if (size == 40) end += 12;
    }
    self->header.channels = 3;
    if (bmp->bits <= 8) {
        uint32_t colors = is_core ? 0 : little(header + 32, 4);
        if (colors == 0) colors = 1u << bmp->bits;
        size_t entry = is_core ? 3 : 4;
        int is_gray = take_palette(self, end, colors, entry);
        end += colors * entry;
        if (is_gray == 1) self->header.channels = 1;
        // Some writers count the palette as pixels.
        if (offset == FILE_HEADER + size) offset = end;
    }
    bmp->pixels = offset ? offset : end;
    bmp->stride = (size_t)(((uint64_t)self->header.width * bmp->bits + 31) / 32 * 4);
    self->header.memory = (size_t)self->header.width * self->header.height * self->header.channels;
}

// Where row `y` of those stored goes.
static uint8_t *row_of(const struct image *self, uint8_t *out, uint32_t y) {
    const struct bmp *bmp = self->state;
    uint32_t row = bmp->is_top_down ? y : self->header.height - 1 - y;
    return out + (size_t)row * self->header.width * self->header.channels;
}

static void read_raw_row(const struct image *self, const uint8_t *in, uint8_t *out) {
    const struct bmp *bmp = self->state;
    uint32_t width = self->header.width, channels = self->header.channels, bits = bmp->bits;
    for (uint32_t x = 0; x < width; x++, out += channels) {
        if (bits <= 8) {
            uint32_t shift = 8 - bits - x * bits % 8;
            memcpy(out, bmp->palette.colors[in[(size_t)x * bits / 8] >> shift & ((1 << bits) - 1)], channels);
        } else if (bits == 16) {
            uint32_t pixel = little(in + 2 * (size_t)x, 2), greens = (1u << bmp->green_bits) - 1;
            out[0] = (uint8_t)((pixel >> (5 + bmp->green_bits) & 31) * 255 / 31);
            out[1] = (uint8_t)((pixel >> 5 & greens) * 255 / greens);
            out[2] = (uint8_t)((pixel & 31) * 255 / 31);
        } else {
            const uint8_t *pixel = in + (size_t)x * bits / 8;
            uint32_t alpha = bmp->places[3] < 0 ? 255 : pixel[bmp->places[3]];
            for (int c = 0; c < 3; c++) out[c] = image_over_white(pixel[bmp->places[c]], alpha);
        }
    }
}

static void read_raw(struct image *self, uint8_t *out) {
    const struct bmp *bmp = self->state;
    size_t rows = self->header.height, row_bytes = ((size_t)self->header.width * bmp->bits + 7) / 8;
    // The padding of the last row may be missing.
    if (self->count < bmp->pixels || self->count - bmp->pixels < row_bytes ||
        (self->count - bmp->pixels - row_bytes) / bmp->stride < rows - 1)
        return image_fail_truncated(self);
    for (uint32_t y = 0; y < rows; y++)
        read_raw_row(self, self->bytes + bmp->pixels + y * bmp->stride, row_of(self, out, y));
}

// Writes the colours of `count` indices from position `at` on, counted in the order of the file.
static size_t put(const struct image *self, uint8_t *out, size_t at, size_t count, const uint8_t *indices) {
    const struct bmp *bmp = self->state;
    int32_t channels = self->header.channels;
    size_t width = self->header.width;
    while (count > 0 && at < width * self->header.height) {
        size_t x = at % width, part = count < width - x ? count : width - x;
        image_expand(
            &bmp->palette, indices, part, channels, row_of(self, out, (uint32_t)(at / width)) + x * (size_t)channels);
        at += part;
        indices += part;
        count -= part;
    }
    return at;
}

// Passes over `count` pixels, which get the first colour.
static size_t skip(const struct image *self, uint8_t *out, size_t at, size_t count) {
    const struct bmp *bmp = self->state;
    int32_t channels = self->header.channels;
    size_t width = self->header.width;
    while (count > 0 && at < width * self->header.height) {
        size_t x = at % width, part = count < width - x ? count : width - x;
        uint8_t *place = row_of(self, out, (uint32_t)(at / width)) + x * (size_t)channels;
        image_fill(bmp->palette.colors[0], part, channels, place);
        at += part;
        count -= part;
    }
    return at;
}

// Follows Pillow: pixels follow one another, and the end of a row fills up what it lacks.
static void read_run_length(struct image *self, uint8_t *out) {
    const struct bmp *bmp = self->state;
    size_t width = self->header.width, area = width * self->header.height;
    size_t in = bmp->pixels, at = 0, x = 0;
    int is_rle4 = bmp->compression == RLE4;
    uint8_t indices[255];
    while (at < area) {
        if (in > self->count || self->count - in < 2) return image_fail_truncated(self);
        uint8_t count = self->bytes[in], code = self->bytes[in + 1];
        in += 2;
        if (count > 0) {
            size_t fitting = x >= width ? 0 : count > width - x ? width - x : count;
            for (size_t i = 0; i < fitting; i++) indices[i] = !is_rle4 ? code : i % 2 ? code & 15 : code >> 4;
            at = put(self, out, at, fitting, indices);
            x += fitting;
        } else if (code == 0) {  // end of row
            at = skip(self, out, at, (width - at % width) % width);
            x = 0;
        } else if (code == 1) {  // end of image
            return image_fail_truncated(self);
        } else if (code == 2) {  // move right and up
            if (self->count - in < 2) return image_fail_truncated(self);
            at = skip(self, out, at, self->bytes[in] + self->bytes[in + 1] * width);
            x = at % width;
            in += 2;
        } else {  // pixels as they are
            size_t pixels = code > area - at ? area - at : code;
            size_t bytes = is_rle4 ? (pixels + 1) / 2 : pixels;
            if (self->count - in < bytes) return image_fail_truncated(self);
            for (size_t i = 0; i < pixels; i++) {
                uint8_t byte = self->bytes[in + (is_rle4 ? i / 2 : i)];
                indices[i] = !is_rle4 ? byte : i % 2 ? byte & 15 : byte >> 4;
            }
            at = put(self, out, at, pixels, indices);
            x += code;
            in += bytes;
            in += in % 2;  // to a whole word
        }
    }
}

static void bmp_read(struct image *self, uint8_t *out) {
    if (is_run_length(self->state))
        read_run_length(self, out);
    else
        read_raw(self, out);
}

static void bmp_close(struct image *self) { free(self->state); }

const struct codec image_bmp = {bmp_open, bmp_read, bmp_close};
