// A PNG reader with libpng's classic interface, because the simplified one applies gAMA and its own
// gray conversion, unlike Pillow.

#include "CKernels.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// A copy of metadata from a chunk.
struct metadata {
    uint8_t *bytes;
    size_t count;
};

struct kernels_png {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count, offset;
    uint32_t width, height;
    int stored_channels;  // 1 gray, 2 gray+alpha, 3 RGB, 4 RGB+alpha, after expansion to 8 bits
    struct metadata exif, xmp, profile;
    size_t unpacked;  // bytes of metadata unpacked so far
    char message[160];
    int failed;
};

static void on_error(png_structp png, png_const_charp message) {
    kernels_png *self = png_get_error_ptr(png);
    strncpy(self->message, message, sizeof self->message - 1);
    self->failed = 1;
    longjmp(png_jmpbuf(png), 1);
}

// libpng warns of chunks that it leaves out. Without tRNS, pixels are not those of other readers, unless they have alpha
// channels, which count instead.
static void on_warning(png_structp png, png_const_charp message) {
    if (strncmp(message, "tRNS: ", 6) == 0 && !strstr(message, "alpha")) on_error(png, message);
}

static void on_read(png_structp png, png_bytep out, size_t count) {
    kernels_png *self = png_get_io_ptr(png);
    if (count > self->count - self->offset) png_error(png, "truncated PNG");
    memcpy(out, self->bytes + self->offset, count);
    self->offset += count;
}

static void keep(struct metadata *self, const uint8_t *bytes, size_t count) {
    uint8_t *copy = malloc(count + 1);
    if (!copy) return;
    if (count > 0) memcpy(copy, bytes, count);
    free(self->bytes);
    *self = (struct metadata){copy, count};
}

// The most bytes of metadata to read from one chunk or to unpack from it, and to unpack from all chunks together:
// a kilobyte of text can unpack to a megabyte, and a file can hold a thousand of them.
enum { METADATA_LIMIT = 1 << 20, UNPACKED_LIMIT = 4 << 20 };

// What becomes of a text chunk's text.
typedef void text_sink(kernels_png *self, const uint8_t *text, size_t count);

static void keep_xmp(kernels_png *self, const uint8_t *text, size_t count) { keep(&self->xmp, text, count); }

static int hex_digit(uint8_t character) {
    if (character >= '0' && character <= '9') return character - '0';
    const uint8_t letter = character | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// EXIF as it stood before PNG had a chunk for it: three lines, the second with its kind, the third with its length, then
// hexadecimal digits in lines.
static void keep_profile(kernels_png *self, const uint8_t *text, size_t count) {
    const uint8_t *end = text + count;
    for (int line = 0; line < 3; line++) {
        text = text < end ? memchr(text, '\n', (size_t)(end - text)) : NULL;
        if (!text) return;
        text++;
    }
    uint8_t *bytes = calloc(count / 2 + 1, 1);
    if (!bytes) return;
    size_t digits = 0;
    for (; text < end; text++) {
        if (*text == '\n') continue;
        const int digit = hex_digit(*text);
        if (digit < 0) break;
        bytes[digits / 2] = (uint8_t)(digits % 2 ? bytes[digits / 2] | digit : digit << 4);
        digits++;
    }
    const size_t mark = digits >= 12 && memcmp(bytes, "Exif\0", 6) == 0 ? 6 : 0;
    keep(&self->profile, bytes + mark, digits / 2 - mark);
    free(bytes);
}

static void keep_unpacked(kernels_png *self, text_sink *sink, const uint8_t *packed, size_t count) {
    if (self->unpacked >= UNPACKED_LIMIT) return;
    uLongf size = METADATA_LIMIT;
    uint8_t *text = malloc(size);
    if (!text) return;
    if (uncompress(text, &size, packed, count) == Z_OK) sink(self, text, size);
    self->unpacked += size;  // what was unpacked, also if there is more
    free(text);
}

// Keeps XMP and EXIF from a text chunk of any kind. All begin with a keyword and 0. Then zTXt has a compression method,
// and iTXt a compression flag and method, language, 0, translated keyword, 0. The text comes last.
static void note_text(kernels_png *self, const uint8_t *name, const uint8_t *bytes, size_t count) {
    static const struct {
        const char *keyword;
        text_sink *sink;
    } kinds[] = {{"XML:com.adobe.xmp", keep_xmp}, {"Raw profile type exif", keep_profile}};
    text_sink *sink = NULL;
    size_t length = 0;
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds && !sink; kind++) {
        length = strlen(kinds[kind].keyword) + 1;
        if (count >= length + 2 && memcmp(bytes, kinds[kind].keyword, length) == 0) sink = kinds[kind].sink;
    }
    if (!sink) return;
    const uint8_t *end = bytes + count, *text = bytes + length;
    int is_packed = memcmp(name, "zTXt", 4) == 0;
    if (is_packed) text += 1;
    if (memcmp(name, "iTXt", 4) == 0) {
        is_packed = text[0];
        text += 2;
        for (int strings = 0; strings < 2; strings++) {
            const uint8_t *zero = memchr(text, 0, (size_t)(end - text));
            if (!zero) return;
            text = zero + 1;
        }
    }
    if (is_packed)
        keep_unpacked(self, sink, text, (size_t)(end - text));
    else
        sink(self, text, (size_t)(end - text));
}

// Receives every chunk that libpng is told to skip. Returns 1, or 0 if the image cannot be read without it.
static int on_chunk(png_structp png, png_unknown_chunkp chunk) {
    kernels_png *self = png_get_user_chunk_ptr(png);
    if (memcmp(chunk->name, "eXIf", 4) == 0) keep(&self->exif, chunk->data, chunk->size);
    if (memcmp(chunk->name + 1, "TXt", 3) == 0 || memcmp(chunk->name, "tEXt", 4) == 0)
        note_text(self, chunk->name, chunk->data, chunk->size);
    int is_ancillary = chunk->name[0] & 0x20;  // a lower-case letter
    return is_ancillary ? 1 : 0;
}

static int channels_after_expansion(png_structp png, png_infop info) {
    int color = png_get_color_type(png, info);
    int channels = color & PNG_COLOR_MASK_COLOR ? 3 : 1;
    return channels + (color & PNG_COLOR_MASK_ALPHA || png_get_valid(png, info, PNG_INFO_tRNS) ? 1 : 0);
}

kernels_png *kernels_png_open(const uint8_t *bytes, size_t count) {
    kernels_png *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    self->bytes = bytes;
    self->count = count;
    self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
    self->info = self->png ? png_create_info_struct(self->png) : NULL;
    if (!self->info) {
        strcpy(self->message, "out of memory");
        self->failed = 1;
        return self;
    }
    if (setjmp(png_jmpbuf(self->png))) return self;
    png_set_read_fn(self->png, self, on_read);
    png_set_user_limits(self->png, 0x7fffffff, 0x7fffffff);
    // Of the ancillary chunks, only tRNS concerns pixels. All others go through `on_chunk`, one at a time. Chunks
    // longer than the limit or the file are skipped without allocating memory.
    png_set_keep_unknown_chunks(self->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_read_user_chunk_fn(self->png, self, on_chunk);
    png_set_chunk_malloc_max(self->png, count < METADATA_LIMIT ? count : METADATA_LIMIT);
    // A wrong checksum in any chunk counts as damage, as in Pillow.
    png_set_crc_action(self->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_read_info(self->png, self->info);
    self->width = png_get_image_width(self->png, self->info);
    self->height = png_get_image_height(self->png, self->info);
    self->stored_channels = channels_after_expansion(self->png, self->info);
    return self;
}

const char *kernels_png_error(const kernels_png *self) {
    return self->failed ? self->message : NULL;
}

uint32_t kernels_png_width(const kernels_png *self) { return self->width; }
uint32_t kernels_png_height(const kernels_png *self) { return self->height; }
int kernels_png_channels(const kernels_png *self) { return self->stored_channels <= 2 ? 1 : 3; }

static int is_opaque(const kernels_png *self) { return self->stored_channels & 1; }

size_t kernels_png_scratch_size(const kernels_png *self) {
    return is_opaque(self) ? 0 : (size_t)self->width * self->height * self->stored_channels;
}

size_t kernels_png_memory(const kernels_png *self) {
    size_t pixels = (size_t)self->width * self->height;
    size_t channels = is_opaque(self) ? self->stored_channels : 2 * self->stored_channels - 1;
    return pixels * channels * (png_get_bit_depth(self->png, self->info) == 16 ? 2 : 1);
}

// Asks libpng for 8 bits per channel, with palettes and low depths expanded and tRNS as alpha.
// Returns the number of passes over the rows.
static int expand_to_8_bits(png_structp png, png_infop info) {
    int color = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (color == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (png_get_valid(png, info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
    if (depth == 16) png_set_scale_16(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return passes;
}

// Pastes over white through the alpha channel as Pillow does: its BLEND macro with DIV255.
static void composite_over_white(const uint8_t *in, uint8_t *out, size_t pixels, int channels) {
    for (size_t i = 0; i < pixels; i++) {
        uint32_t alpha = in[channels];
        for (int c = 0; c < channels; c++) {
            uint32_t sum = 255 * (255 - alpha) + in[c] * alpha + 128;
            *out++ = (uint8_t)((sum + (sum >> 8)) >> 8);
        }
        in += channels + 1;
    }
}

// Reads metadata after the pixels. Damage there does not make the pixels unusable.
static int read_end(kernels_png *self) {
    if (setjmp(png_jmpbuf(self->png)) == 0) {
        png_read_end(self->png, self->info);  // without info, libpng would not call `on_chunk`
        return 0;
    }
    int in_pixels = png_get_io_chunk_type(self->png) == 0x49444154;  // IDAT
    self->failed = in_pixels && strcmp(self->message, "truncated PNG") != 0;
    return self->failed ? -1 : 0;
}

int kernels_png_read(kernels_png *self, uint8_t *scratch, uint8_t *out) {
    uint8_t *target = is_opaque(self) ? out : scratch;
    size_t row_bytes = (size_t)self->width * self->stored_channels;
    if (setjmp(png_jmpbuf(self->png))) return -1;
    int passes = expand_to_8_bits(self->png, self->info);
    if (png_get_rowbytes(self->png, self->info) != row_bytes)
        png_error(self->png, "not the size that its header says");
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < self->height; y++)
            png_read_row(self->png, target + y * row_bytes, NULL);
    if (!is_opaque(self))
        composite_over_white(
            scratch, out, (size_t)self->width * self->height, self->stored_channels - 1);
    return read_end(self);
}

const uint8_t *kernels_png_exif(const kernels_png *self, size_t *count) {
    const struct metadata *found = self->exif.bytes ? &self->exif : &self->profile;
    *count = found->count;
    return found->bytes;
}

const uint8_t *kernels_png_xmp(const kernels_png *self, size_t *count) {
    *count = self->xmp.count;
    return self->xmp.bytes;
}

void kernels_png_close(kernels_png *self) {
    if (!self) return;
    if (self->png) png_destroy_read_struct(&self->png, self->info ? &self->info : NULL, NULL);
    free(self->exif.bytes);
    free(self->xmp.bytes);
    free(self->profile.bytes);
    free(self);
}
