// A JPEG reader with libjpeg's classic interface: one decompressor per image, so that no table, size or
// error of one image affects another, and one function that decides about warnings.

#include "CKernels.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#ifndef LIBJPEG_TURBO_VERSION
#error "prep needs libjpeg-turbo: the original libjpeg decodes to other pixels than Pillow"
#endif

// The most scans of an image: encoders write about ten, and a scan of a few bytes can cost a pass over all pixels.
enum { MOST_SCANS = 200 };
// The most pixels of all scans together, where there are more than a tenth of these: arithmetic coding takes a second
// for them.
static const double MOST_SCANNED = 2e9;

struct kernels_jpeg {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    uint8_t *exif;  // all Exif segments, joined
    size_t exif_count;
    const uint8_t *xmp;  // the last XMP segment, a pointer into the input
    size_t xmp_count;
    char message[JMSG_LENGTH_MAX];
    int failed;
};

static _Noreturn void fail(kernels_jpeg *self, const char *message) {
    snprintf(self->message, sizeof self->message, "%s", message);
    self->failed = 1;
    longjmp(self->escape, 1);
}

static void on_error(j_common_ptr jpeg) {
    char message[JMSG_LENGTH_MAX];
    (*jpeg->err->format_message)(jpeg, message);
    fail(jpeg->client_data, message);
}

// Whether the pixels are intact in spite of the warning.
static int is_harmless(const struct jpeg_decompress_struct *jpeg) {
    switch (jpeg->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
        // Bytes left over behind a scan, or before a restart marker, are all that tells of a wrong bit in it.
        return jpeg->input_scan_number == 0;
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
    case JWRN_NOT_SEQUENTIAL:
        return 1;
    default:  // also a progressive image with a missing scan, whose pixels are wrong
        return 0;
    }
}

// Every warning has level -1; all other levels are traces.
static void on_message(j_common_ptr jpeg, int level) {
    if (level >= 0 || is_harmless((j_decompress_ptr)jpeg)) return;
    if (jpeg->err->msg_code == JWRN_JPEG_EOF) fail(jpeg->client_data, "truncated JPEG");
    on_error(jpeg);
}

static void on_progress(j_common_ptr jpeg) {
    const struct jpeg_decompress_struct *image = (j_decompress_ptr)jpeg;
    int scans = image->input_scan_number;
    double scanned = (double)scans * image->image_width * image->image_height;
    int are_many = scans > MOST_SCANS / 10 && scanned > MOST_SCANNED;
    if (scans > MOST_SCANS || are_many) fail(jpeg->client_data, "too many scans");
}

static int starts_with(const uint8_t *bytes, size_t count, const char *prefix, size_t length) {
    return count >= length && memcmp(bytes, prefix, length) == 0;
}

static void note_segment(kernels_jpeg *self, const uint8_t *bytes, size_t count) {
    static const char exif[6] = "Exif\0", xmp[29] = "http://ns.adobe.com/xap/1.0/";
    if (starts_with(bytes, count, exif, sizeof exif)) {
        count -= sizeof exif;
        uint8_t *joined = realloc(self->exif, self->exif_count + count + 1);
        if (!joined) fail(self, "out of memory");
        memcpy(joined + self->exif_count, bytes + sizeof exif, count);
        self->exif = joined;
        self->exif_count += count;
    } else if (starts_with(bytes, count, xmp, sizeof xmp)) {
        self->xmp = bytes + sizeof xmp;
        self->xmp_count = count - sizeof xmp;
    }
}

// Reads an APP1 segment. jpeg_save_markers would walk all earlier segments for each one it saves, which
// takes minutes for a file that consists of segments.
static boolean on_app1(j_decompress_ptr jpeg) {
    struct jpeg_source_mgr *source = jpeg->src;
    const uint8_t *bytes = source->next_input_byte;
    size_t left = source->bytes_in_buffer;
    size_t length = left < 2 ? 2 : (size_t)bytes[0] << 8 | bytes[1];
    if (length < 2) length = 2;  // as libjpeg does for segments that it skips
    if (length > left) WARNMS(jpeg, JWRN_JPEG_EOF);
    // Pillow looks for metadata before the first scan only.
    if (jpeg->input_scan_number == 0) note_segment(jpeg->client_data, bytes + 2, length - 2);
    source->next_input_byte += length;
    source->bytes_in_buffer -= length;
    return TRUE;
}

kernels_jpeg *kernels_jpeg_open(const uint8_t *bytes, size_t count) {
    kernels_jpeg *self = calloc(1, sizeof *self);
    if (!self) return NULL;
    j_decompress_ptr jpeg = &self->jpeg;
    jpeg->client_data = self;
    jpeg->err = jpeg_std_error(&self->errors);
    self->errors.error_exit = on_error;
    self->errors.emit_message = on_message;
    self->progress.progress_monitor = on_progress;
    if (setjmp(self->escape)) return self;
    jpeg_create_decompress(jpeg);
    jpeg_mem_src(jpeg, bytes, count);
    jpeg_set_marker_processor(jpeg, JPEG_APP0 + 1, on_app1);
    jpeg_read_header(jpeg, TRUE);
    if (jpeg->data_precision != 8) ERREXIT1(jpeg, JERR_BAD_PRECISION, jpeg->data_precision);
    int components = jpeg->num_components;
    if (components != 1 && components != 3 && components != 4)
        fail(self, "neither one, three nor four components");
    return self;
}

const char *kernels_jpeg_error(const kernels_jpeg *self) { return self->failed ? self->message : NULL; }

void kernels_jpeg_scale(kernels_jpeg *self, int denominator) { self->jpeg.scale_denom = (unsigned)denominator; }

// libjpeg rounds up.
static uint32_t scaled(const kernels_jpeg *self, uint32_t length) {
    uint32_t denominator = self->jpeg.scale_denom ? self->jpeg.scale_denom : 1;
    return (length + denominator - 1) / denominator;
}

uint32_t kernels_jpeg_width(const kernels_jpeg *self) { return scaled(self, self->jpeg.image_width); }
uint32_t kernels_jpeg_height(const kernels_jpeg *self) { return scaled(self, self->jpeg.image_height); }
int kernels_jpeg_components(const kernels_jpeg *self) { return self->jpeg.num_components; }

int kernels_jpeg_is_420(const kernels_jpeg *self) {
    static const int factors[3] = {2, 1, 1};
    if (self->jpeg.num_components != 3 || self->jpeg.jpeg_color_space != JCS_YCbCr) return 0;
    for (int c = 0; c < 3; c++) {
        const jpeg_component_info *component = &self->jpeg.comp_info[c];
        if (component->h_samp_factor != factors[c] || component->v_samp_factor != factors[c]) return 0;
    }
    return 1;
}

size_t kernels_jpeg_memory(kernels_jpeg *self) {
    j_decompress_ptr jpeg = &self->jpeg;
    int channels = jpeg->num_components == 4 ? 4 + 3 : jpeg->num_components;
    size_t memory = (size_t)jpeg->image_width * jpeg->image_height * channels;
    if (!jpeg_has_multiple_scans(jpeg)) return memory;
    // libjpeg keeps all coefficients until the last scan has been read.
    for (int c = 0; c < jpeg->num_components; c++) {
        const jpeg_component_info *component = &jpeg->comp_info[c];
        memory += (size_t)component->width_in_blocks * component->height_in_blocks * sizeof(JBLOCK);
    }
    return memory;
}

const uint8_t *kernels_jpeg_exif(const kernels_jpeg *self, size_t *count) {
    *count = self->exif_count;
    return self->exif;
}

const uint8_t *kernels_jpeg_xmp(const kernels_jpeg *self, size_t *count) {
    *count = self->xmp_count;
    return self->xmp;
}

// Starts decoding, and checks that the pixels have `channels` channels and the size told to the caller.
static void start(kernels_jpeg *self, int channels) {
    j_decompress_ptr jpeg = &self->jpeg;
    jpeg->dct_method = JDCT_ISLOW;
    jpeg->progress = &self->progress;
    jpeg_start_decompress(jpeg);
    if (jpeg->output_width != kernels_jpeg_width(self) || jpeg->output_height != kernels_jpeg_height(self)
        || jpeg->output_components != channels)
        fail(self, "not the size that its header says");
}

int kernels_jpeg_read(kernels_jpeg *self, uint8_t *scratch, uint8_t *out) {
    j_decompress_ptr jpeg = &self->jpeg;
    int channels = jpeg->num_components;
    uint8_t *target = channels == 4 ? scratch : out;
    if (setjmp(self->escape)) return -1;
    jpeg->out_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
    start(self, channels);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = target + (size_t)jpeg->output_scanline * jpeg->output_width * channels;
        if (jpeg_read_scanlines(jpeg, &row, 1) != 1) fail(self, "truncated JPEG");
    }
    jpeg_finish_decompress(jpeg);
    if (channels == 4)
        kernels_rgb_from_inverted_cmyk(scratch, out, (size_t)jpeg->output_width * jpeg->output_height);
    return 0;
}

int kernels_jpeg_read_planes(kernels_jpeg *self, uint8_t *y, size_t y_stride, uint8_t *cb, uint8_t *cr,
                             size_t rows) {
    j_decompress_ptr jpeg = &self->jpeg;
    if (setjmp(self->escape)) return -1;
    if (!kernels_jpeg_is_420(self)) fail(self, "not 4:2:0");
    jpeg->raw_data_out = TRUE;
    start(self, 3);
    // libjpeg fills whole blocks, in bands one chroma block high.
    if (jpeg->comp_info[0].width_in_blocks * (size_t)DCTSIZE > y_stride
        || jpeg->comp_info[1].width_in_blocks * (size_t)DCTSIZE > y_stride / 2
        || jpeg->total_iMCU_rows * (size_t)(2 * DCTSIZE) > rows)
        fail(self, "planes too small");
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW luma[2 * DCTSIZE], blue[DCTSIZE], red[DCTSIZE];
        JSAMPARRAY band[3] = {luma, blue, red};
        for (size_t i = 0; i < 2 * DCTSIZE; i++) luma[i] = y + (jpeg->output_scanline + i) * y_stride;
        for (size_t i = 0; i < DCTSIZE; i++) {
            size_t offset = (jpeg->output_scanline / 2 + i) * (y_stride / 2);
            blue[i] = cb + offset;
            red[i] = cr + offset;
        }
        if (jpeg_read_raw_data(jpeg, band, 2 * DCTSIZE) == 0) fail(self, "truncated JPEG");
    }
    jpeg_finish_decompress(jpeg);
    return 0;
}

void kernels_jpeg_close(kernels_jpeg *self) {
    if (!self) return;
    jpeg_destroy_decompress(&self->jpeg);
    free(self->exif);
    free(self);
}
