// A PNG reader over libpng's classic interface, because the simplified one applies gAMA and its own
// gray conversion, which Pillow and everybody's notebooks do not.

#include "CKernels.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct kernels_png {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t count, offset;
    uint32_t width, height;
    int stored_channels;  // 1 gray, 2 gray+alpha, 3 RGB, 4 RGB+alpha, after expansion to 8 bits
    char message[160];
    int failed;
};

static void on_error(png_structp png, png_const_charp message) {
    kernels_png *self = png_get_error_ptr(png);
    strncpy(self->message, message, sizeof self->message - 1);
    self->failed = 1;
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep out, size_t count) {
    kernels_png *self = png_get_io_ptr(png);
    if (count > self->count - self->offset) png_error(png, "truncated PNG");
    memcpy(out, self->bytes + self->offset, count);
    self->offset += count;
}

// Asks libpng for 8 bits per channel, palette and low depths expanded, tRNS as alpha.
static void expand_to_8_bits(png_structp png, png_infop info) {
    int color = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (color == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (png_get_valid(png, info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(png);
    if (depth == 16) png_set_scale_16(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
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
    png_set_chunk_malloc_max(self->png, 8 << 20);
    png_read_info(self->png, self->info);
    self->width = png_get_image_width(self->png, self->info);
    self->height = png_get_image_height(self->png, self->info);
    expand_to_8_bits(self->png, self->info);
    self->stored_channels = png_get_channels(self->png, self->info);
    return self;
}

const char *kernels_png_error(const kernels_png *self) {
    return self->failed ? self->message : NULL;
}

uint32_t kernels_png_width(const kernels_png *self) { return self->width; }
uint32_t kernels_png_height(const kernels_png *self) { return self->height; }
int kernels_png_channels(const kernels_png *self) { return self->stored_channels <= 2 ? 1 : 3; }

size_t kernels_png_scratch_size(const kernels_png *self) {
    return (size_t)self->width * self->height * self->stored_channels;
}

// Pillow's paste over white through the alpha channel: its BLEND macro with DIV255.
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

int kernels_png_read(kernels_png *self, uint8_t *scratch, uint8_t *out) {
    int opaque = self->stored_channels == 1 || self->stored_channels == 3;
    uint8_t *target = opaque ? out : scratch;
    size_t row_bytes = (size_t)self->width * self->stored_channels;
    png_bytep *volatile rows = malloc(self->height * sizeof *rows);
    if (!rows) {
        strcpy(self->message, "out of memory");
        self->failed = 1;
        return -1;
    }
    for (uint32_t y = 0; y < self->height; y++) rows[y] = target + y * row_bytes;
    if (setjmp(png_jmpbuf(self->png))) {
        free((void *)rows);
        return -1;
    }
    png_read_image(self->png, (png_bytep *)rows);
    free((void *)rows);
    if (!opaque)
        composite_over_white(
            scratch, out, (size_t)self->width * self->height, self->stored_channels - 1);
    return 0;
}

const uint8_t *kernels_png_exif(const kernels_png *self, size_t *count) {
#ifdef PNG_eXIf_SUPPORTED
    png_bytep bytes = NULL;
    png_uint_32 size = 0;
    if (png_get_eXIf_1(self->png, self->info, &size, &bytes) == PNG_INFO_eXIf) {
        *count = size;
        return bytes;
    }
#endif
    *count = 0;
    return NULL;
}

void kernels_png_close(kernels_png *self) {
    if (!self) return;
    if (self->png) png_destroy_read_struct(&self->png, self->info ? &self->info : NULL, NULL);
    free(self);
}
