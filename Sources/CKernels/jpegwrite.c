// A JPEG writer with libjpeg's classic interface, for synthetic archives.

#include "CKernels.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

struct escape {
    struct jpeg_error_mgr errors;
    jmp_buf target;
};

static void on_error(j_common_ptr jpeg) { longjmp(((struct escape *)jpeg->client_data)->target, 1); }

static void on_message(j_common_ptr jpeg, int level) {
    (void)jpeg;
    (void)level;
}

size_t kernels_jpeg_write_bound(uint32_t width, uint32_t height) {
    // Room for headers, and four bytes per pixel of whole 16x16 blocks; TurboJPEG allows three.
    return ((size_t)width + 15) / 16 * 16 * (((size_t)height + 15) / 16 * 16) * 4 + 2048;
}

size_t kernels_jpeg_write(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, uint8_t *out,
                          size_t capacity) {
    struct jpeg_compress_struct jpeg;
    struct escape escape;
    unsigned char *buffer = out;
    unsigned long count = capacity;
    jpeg.client_data = &escape;
    jpeg.err = jpeg_std_error(&escape.errors);
    escape.errors.error_exit = on_error;
    escape.errors.emit_message = on_message;
    if (setjmp(escape.target)) {
        jpeg_destroy_compress(&jpeg);
        return 0;
    }
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &buffer, &count);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = 3;
    jpeg.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg);  // these include YCbCr in 4:2:0
    jpeg_set_quality(&jpeg, quality, TRUE);
    jpeg.dct_method = JDCT_ISLOW;
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW row = (JSAMPROW)rgb + (size_t)jpeg.next_scanline * width * 3;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    if (buffer == out) return count;
    free(buffer);  // allocated by libjpeg, because `out` was too small
    return 0;
}
