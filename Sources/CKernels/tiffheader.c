// Opens a TIFF in memory with libtiff and reads the directory of its first page.

#include "tiff.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// MARK: Reading from memory

static tmsize_t on_read(thandle_t handle, void *out, tmsize_t count) {
    struct image *self = handle;
    struct tiff *state = self->state;
    size_t left = state->offset < self->count ? self->count - state->offset : 0;
    size_t taken = (size_t)count < left ? (size_t)count : left;
    if (taken > 0) memcpy(out, self->bytes + state->offset, taken);
    state->offset += taken;
    return (tmsize_t)taken;
}

static tmsize_t on_write(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle, (void)bytes, (void)count;
    return -1;
}

static toff_t on_seek(thandle_t handle, toff_t offset, int from) {
    struct image *self = handle;
    struct tiff *state = self->state;
    toff_t base = from == SEEK_CUR ? state->offset : from == SEEK_END ? self->count : 0;
    state->offset = (size_t)(base + offset);
    return state->offset;
}

static int on_close(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t on_size(thandle_t handle) { return ((struct image *)handle)->count; }

static int on_map(thandle_t handle, void **base, toff_t *size) {
    struct image *self = handle;
    *base = (void *)(uintptr_t)self->bytes;  // libtiff does not write to a file that is open for reading
    *size = self->count;
    return 1;
}

static void on_unmap(thandle_t handle, void *base, toff_t size) { (void)handle, (void)base, (void)size; }

static int on_error(TIFF *tiff, void *user, const char *place, const char *format, va_list arguments) {
    (void)tiff, (void)place;
    char text[160];
    vsnprintf(text, sizeof text, format, arguments);
    image_fail(user, "%s", text);
    return 1;
}

// Among the pixels, a warning is damage that libtiff covered up, or that the file was written by an old program, or that a
// last strip has more rows than the image.
static int on_warning(TIFF *tiff, void *user, const char *place, const char *format, va_list arguments) {
    struct image *self = user;
    struct tiff *state = self->state;
    if (!state->is_reading || strncmp(format, "Old-style LZW", 13) == 0 ||
        strncmp(format, "JPEG strip size exceeds", 23) == 0)
        return 1;
    return on_error(tiff, user, place, format, arguments);
}

// The most bytes of one of libtiff's own buffers, for small files; larger ones may take more.
enum { LARGEST_BUFFER = 64 << 20 };

static TIFF *open_tiff(struct image *self) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, self);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, self);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)(LARGEST_BUFFER + 4 * self->count));
    TIFF *tiff = TIFFClientOpenExt(
        "", "r", self, on_read, on_write, on_seek, on_close, on_size, on_map, on_unmap, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

// MARK: Header

static uint16_t number(TIFF *tiff, uint32_t tag, uint16_t otherwise) {
    uint16_t found;
    return TIFFGetField(tiff, tag, &found) ? found : otherwise;
}

static int is_known_compression(uint16_t compression) {
    static const uint16_t known[] = {
        COMPRESSION_NONE,    COMPRESSION_CCITTRLE, COMPRESSION_CCITTFAX3,     COMPRESSION_CCITTFAX4,
        COMPRESSION_LZW,     COMPRESSION_JPEG,     COMPRESSION_ADOBE_DEFLATE, COMPRESSION_DEFLATE,
        COMPRESSION_PACKBITS, COMPRESSION_ZSTD,    COMPRESSION_WEBP,
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i] == compression) return TIFFIsCODECConfigured(compression);
    return 0;
}

// Refuses what a camera calls raw: of its first page, only a preview could be read.
static void refuse_raw(struct image *self) {
    TIFF *tiff = ((struct tiff *)self->state)->tiff;
    uint32_t kind = 0;
    uint16_t count;
    void *values;
    TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind);
    int is_preview = kind & FILETYPE_REDUCEDIMAGE && TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &values);
    if (is_preview || TIFFGetField(tiff, TIFFTAG_DNGVERSION, &values))
        image_refuse(self, "raw data of a camera's sensor");
}

// Which samples are colours, and whether alpha follows.
static void find_colors(struct image *self) {
    struct tiff *state = self->state;
    switch (state->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE: state->colors = 1; break;
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_YCBCR: state->colors = 3; break;
    case PHOTOMETRIC_SEPARATED: state->colors = 4; break;
    default: return image_refuse(self, "colour model %d", state->photometric);
    }
    uint16_t count = 0, *kinds = NULL;
    int extra = state->samples - state->colors;
    if (extra < 0) return image_fail(self, "%d samples per pixel for %d colours", state->samples, state->colors);
    if (extra > 0 && !TIFFGetField(state->tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds)) {
        // Many programs forget to say that RGBA has alpha. Elsewhere, nobody knows.
        if (state->photometric != PHOTOMETRIC_RGB || extra != 1)
            return image_refuse(self, "%d samples per pixel without a word on what they are", state->samples);
        state->alpha = STRAIGHT_ALPHA;
    } else if (extra > 0 && count > 0) {
        state->alpha = kinds[0] == EXTRASAMPLE_ASSOCALPHA   ? ASSOCIATED_ALPHA
                       : kinds[0] == EXTRASAMPLE_UNASSALPHA ? STRAIGHT_ALPHA
                                                            : NO_ALPHA;
    }
    if (state->colors == 4 && state->alpha != NO_ALPHA) image_refuse(self, "CMYK with alpha");
}

static void check_depth(struct image *self) {
    const struct tiff *state = self->state;
    uint16_t bits = state->bits;
    int is_ycc = state->photometric == PHOTOMETRIC_YCBCR, is_deep = bits == 16 || bits == 32, is_known = 0;
    switch (state->format) {
    case SAMPLEFORMAT_UINT:
    case SAMPLEFORMAT_VOID: is_known = bits == 1 || bits == 2 || bits == 4 || bits == 8 || is_deep; break;
    case SAMPLEFORMAT_INT: is_known = bits == 8 || is_deep; break;
    case SAMPLEFORMAT_IEEEFP: is_known = is_deep || bits == 64; break;
    }
    // Of palettes, samples are indices; libtiff converts YCbCr of bytes.
    int is_indexed = is_ycc || state->photometric == PHOTOMETRIC_PALETTE;
    if (is_indexed && (bits > 8 || (is_ycc && bits < 8) || state->format != SAMPLEFORMAT_UINT)) is_known = 0;
    if (!is_known)
        image_refuse(
            self, "samples of %d bits, format %d, colour model %d", bits, state->format, state->photometric);
}

static void take_palette(struct image *self) {
    struct tiff *state = self->state;
    uint16_t *red, *green, *blue;
    if (!TIFFGetField(state->tiff, TIFFTAG_COLORMAP, &red, &green, &blue))
        return image_fail(self, "no palette");
    image_gray_palette(&state->palette);
    for (int i = 0; i < 1 << state->bits; i++)
        memcpy(state->palette.colors[i], (uint8_t[]){red[i] >> 8, green[i] >> 8, blue[i] >> 8}, 3);
}

// Who converts YCbCr: libjpeg where it decodes, else libtiff; but levels at full size that are not compressed are ours
// to convert, as Pillow does.
static void choose_conversion(struct tiff *state) {
    if (state->photometric != PHOTOMETRIC_YCBCR) return;
    uint16_t across = 2, down = 2;
    TIFFGetFieldDefaulted(state->tiff, TIFFTAG_YCBCRSUBSAMPLING, &across, &down);
    if (state->compression == COMPRESSION_JPEG && !state->is_planar) {
        TIFFSetField(state->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        state->photometric = PHOTOMETRIC_RGB;
    } else {
        state->is_converted = state->is_planar || state->compression != COMPRESSION_NONE || across != 1 || down != 1;
    }
}

// libdeflate, which libtiff prefers, may leave the end of a strip unwritten if it holds more rows than the image, and
// does not say so: pixels would be what was in memory before.
static void choose_inflater(struct tiff *state) {
    if (state->compression == COMPRESSION_ADOBE_DEFLATE || state->compression == COMPRESSION_DEFLATE)
        TIFFSetField(state->tiff, TIFFTAG_DEFLATE_SUBCODEC, DEFLATE_SUBCODEC_ZLIB);
}

static void measure_segments(struct image *self) {
    struct tiff *state = self->state;
    uint32_t rows = 0, height = self->header.height;
    if (state->is_tiled) {
        TIFFGetField(state->tiff, TIFFTAG_TILEWIDTH, &state->segment_width);
        TIFFGetField(state->tiff, TIFFTAG_TILELENGTH, &state->segment_height);
    } else {
        TIFFGetFieldDefaulted(state->tiff, TIFFTAG_ROWSPERSTRIP, &rows);
        state->segment_width = self->header.width;
        state->segment_height = rows < height ? rows : height;
    }
    state->segment_bytes = (size_t)(state->is_tiled ? TIFFTileSize64(state->tiff) : TIFFStripSize64(state->tiff));
    state->row_bytes = (size_t)(state->is_tiled ? TIFFTileRowSize64(state->tiff) : TIFFScanlineSize64(state->tiff));
    if (state->segment_width == 0 || state->segment_height == 0 || state->segment_bytes == 0 || state->row_bytes == 0)
        image_fail(self, "strips or tiles without size");
    if (self->header.error) return;
    // Rows have all that is read of them.
    size_t row_samples = (size_t)state->segment_width * (state->is_planar ? 1 : state->samples);
    if (!state->is_converted && (state->row_bytes < (row_samples * state->bits + 7) / 8 ||
                                 state->segment_bytes / state->row_bytes < state->segment_height))
        image_fail(self, "rows that are shorter than the image");
}

// Sums and products that stay at the greatest size instead of overflowing; Swift reads sizes as signed numbers.
static size_t plus(size_t a, size_t b) { return a > PTRDIFF_MAX - b ? PTRDIFF_MAX : a + b; }
static size_t times(size_t a, size_t b) { return b > 0 && a > PTRDIFF_MAX / b ? PTRDIFF_MAX : a * b; }

// The memory that reading takes. Bytes that are unpacked count as pixels do, because they take as long, whether or not
// they come to be pixels.
static size_t memory(const struct image *self) {
    const struct tiff *state = self->state;
    size_t width = self->header.width, height = self->header.height, area = times(width, height);
    size_t used = (size_t)tiff_used(state), planes = state->is_planar ? used : 1, segment = state->segment_bytes;
    size_t across = (width + state->segment_width - 1) / state->segment_width;
    size_t down = (height + state->segment_height - 1) / state->segment_height;
    size_t unpacked = times(times(across, down), times(segment, planes));
    size_t pixels = times(area, (size_t)self->header.channels);
    // libjpeg keeps the coefficients of a progressive JPEG, libwebp 4 bytes per pixel and a copy.
    size_t of_codec = state->compression == COMPRESSION_JPEG ? 2 : state->compression == COMPRESSION_WEBP ? 4 : 0;
    size_t raster = state->is_converted ? times(4, area) : times(state->segment_width, used);
    return plus(plus(unpacked > pixels ? unpacked : pixels, times(segment, planes + of_codec)), raster);
}

static void read_header(struct image *self) {
    struct tiff *state = self->state;
    TIFF *tiff = state->tiff;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &self->header.width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &self->header.height);
    state->photometric = number(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
    state->compression = number(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &state->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &state->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &state->format);
    state->is_planar = number(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
    state->is_tiled = TIFFIsTiled(tiff);
    self->header.orientation = number(tiff, TIFFTAG_ORIENTATION, 0);
    self->header.has_more = !TIFFLastDirectory(tiff);
    uint32_t xmp_count;
    void *xmp;
    if (TIFFGetField(tiff, TIFFTAG_XMLPACKET, &xmp_count, &xmp)) {
        self->header.xmp = xmp;
        self->header.xmp_count = xmp_count;
    }
    if (!is_known_compression(state->compression)) image_refuse(self, "compression %d", state->compression);
    refuse_raw(self);
    find_colors(self);
    check_depth(self);
    choose_conversion(state);
    choose_inflater(state);
    if (state->photometric == PHOTOMETRIC_PALETTE && !self->header.error) take_palette(self);
    self->header.channels = state->colors == 1 && state->photometric != PHOTOMETRIC_PALETTE ? 1 : 3;
    if (!self->header.error) measure_segments(self);
    if (!self->header.error) self->header.memory = memory(self);
}

void tiff_open(struct image *self) {
    struct tiff *state = self->state = calloc(1, sizeof *state);
    if (!state) return image_fail(self, "out of memory");
    state->tiff = open_tiff(self);
    if (!state->tiff) return image_fail(self, "no directory");
    // An error in a tag that does not matter.
    self->header.error = NULL;
    self->header.problem = KERNELS_FINE;
    read_header(self);
}
