// A WebP reader with libwebp: the first frame on its canvas, as Pillow shows it.

#include "image.h"

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

struct webp {
    WebPDemuxer *demuxer;
    WebPIterator frame;
    WebPChunkIterator exif, xmp;
    int is_plain;  // a frame without alpha that covers the canvas
    int has_alpha;
};

static const uint8_t *chunk(WebPDemuxer *demuxer, const char *name, WebPChunkIterator *chunk, size_t *count) {
    if (!WebPDemuxGetChunk(demuxer, name, 1, chunk)) return NULL;
    *count = chunk->chunk.size;
    return chunk->chunk.bytes;
}

static void webp_open(struct image *self) {
    struct webp *state = self->state = calloc(1, sizeof *state);
    if (!state) return image_fail(self, "out of memory");
    WebPData data = {self->bytes, self->count};
    WebPDemuxState progress;
    state->demuxer = WebPDemuxPartial(&data, &progress);
    if (progress == WEBP_DEMUX_PARSING_HEADER || progress == WEBP_DEMUX_PARSED_HEADER)
        return image_fail_truncated(self);
    if (!state->demuxer) return image_fail(self, "not the chunks that a WebP has");
    uint32_t flags = WebPDemuxGetI(state->demuxer, WEBP_FF_FORMAT_FLAGS);
    self->header.width = WebPDemuxGetI(state->demuxer, WEBP_FF_CANVAS_WIDTH);
    self->header.height = WebPDemuxGetI(state->demuxer, WEBP_FF_CANVAS_HEIGHT);
    self->header.channels = 3;
    self->header.has_more = WebPDemuxGetI(state->demuxer, WEBP_FF_FRAME_COUNT) > 1;
    self->header.exif = chunk(state->demuxer, "EXIF", &state->exif, &self->header.exif_count);
    self->header.xmp = chunk(state->demuxer, "XMP ", &state->xmp, &self->header.xmp_count);
    WebPBitstreamFeatures features;
    if (!WebPDemuxGetFrame(state->demuxer, 1, &state->frame)) return image_fail(self, "no image in it");
    VP8StatusCode status = WebPGetFeatures(state->frame.fragment.bytes, state->frame.fragment.size, &features);
    if (status != VP8_STATUS_OK || features.width != state->frame.width || features.height != state->frame.height)
        return image_fail(self, "a frame that is not what the file says");
    // A lossless image says it too, as the whole file shows where its chunks do not.
    WebPBitstreamFeatures whole = {0};
    if (WebPGetFeatures(self->bytes, self->count, &whole) != VP8_STATUS_OK) whole.has_alpha = 0;
    state->has_alpha = (flags & ALPHA_FLAG) != 0 || whole.has_alpha;
    size_t area = (size_t)self->header.width * self->header.height;
    size_t frame_area = (size_t)features.width * (size_t)features.height;
    state->is_plain = !state->has_alpha && frame_area == area;
    // libwebp takes 4 bytes and some per pixel to decode lossless images, also for alpha; RGBA of the canvas is ours.
    int is_lossless = features.format == 2 || features.has_alpha;
    self->header.memory = 3 * area + (state->is_plain ? 0 : 4 * area) + (is_lossless ? 6 * frame_area : 0);
}

// Decodes the first frame to `target`, whose rows have `stride` bytes and which holds `size` bytes from there.
static void decode(struct image *self, WEBP_CSP_MODE mode, uint8_t *target, size_t stride, size_t size) {
    const struct webp *state = self->state;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return image_fail(self, "another version of libwebp");
    config.output.colorspace = mode;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){target, (int)stride, size};
    VP8StatusCode status = WebPDecode(state->frame.fragment.bytes, state->frame.fragment.size, &config);
    WebPFreeDecBuffer(&config.output);
    if (status == VP8_STATUS_NOT_ENOUGH_DATA || status == VP8_STATUS_SUSPENDED) image_fail_truncated(self);
    if (status != VP8_STATUS_OK) image_fail(self, "libwebp reports error %d", (int)status);
}

static void webp_read(struct image *self, uint8_t *out) {
    const struct webp *state = self->state;
    size_t width = self->header.width, area = width * self->header.height;
    if (state->is_plain) return decode(self, MODE_RGB, out, 3 * width, 3 * area);
    uint8_t *canvas = calloc(area, 4);  // transparent black, whatever background the file suggests
    if (!canvas) return image_fail(self, "out of memory");
    size_t start = 4 * ((size_t)state->frame.y_offset * width + (size_t)state->frame.x_offset);
    decode(self, MODE_RGBA, canvas + start, 4 * width, 4 * area - start);
    for (size_t i = 0; i < area && !self->header.error; i++)
        for (int c = 0; c < 3; c++)
            out[3 * i + c] = image_over_white(canvas[4 * i + c], state->has_alpha ? canvas[4 * i + 3] : 255);
    free(canvas);
}

static void webp_close(struct image *self) {
    struct webp *state = self->state;
    if (!state) return;
    WebPDemuxReleaseChunkIterator(&state->exif);
    WebPDemuxReleaseChunkIterator(&state->xmp);
    WebPDemuxReleaseIterator(&state->frame);
    WebPDemuxDelete(state->demuxer);
    free(state);
}

const struct codec image_webp = {webp_open, webp_read, webp_close};
