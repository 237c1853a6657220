// A GIF reader with giflib: the first frame on its canvas, as Pillow shows it.

#include "image.h"

#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

struct gif {
    GifFileType *gif;
    size_t offset;
    int transparent;  // an index, or -1
    struct palette palette;
};

static int on_read(GifFileType *gif, GifByteType *out, int count) {
    struct image *self = gif->UserData;
    struct gif *state = self->state;
    size_t left = self->count - state->offset, taken = (size_t)count < left ? (size_t)count : left;
    if (taken < (size_t)count) image_fail_truncated(self);
    memcpy(out, self->bytes + state->offset, taken);
    state->offset += taken;
    return (int)taken;
}

static void fail(struct image *self, int code) {
    if (code == D_GIF_ERR_EOF_TOO_SOON) return image_fail_truncated(self);
    const char *text = GifErrorString(code);
    image_fail(self, "%s", text ? text : "unknown error");
}

// Reads an extension. Of graphic control extensions, the last transparent colour counts, as in Pillow.
static int read_extension(struct gif *state) {
    int code;
    GifByteType *block;
    if (DGifGetExtension(state->gif, &code, &block) == GIF_ERROR) return GIF_ERROR;
    // A block begins with its length.
    if (code == GRAPHICS_EXT_FUNC_CODE && block && block[0] >= 4 && block[1] & 1) state->transparent = block[4];
    while (block)
        if (DGifGetExtensionNext(state->gif, &block) == GIF_ERROR) return GIF_ERROR;
    return GIF_OK;
}

// Reads up to the next frame: 1, or 0 at the end, or -1 for an error.
static int find_frame(struct gif *state) {
    for (;;) {
        GifRecordType kind;
        if (DGifGetRecordType(state->gif, &kind) == GIF_ERROR) return -1;
        if (kind == IMAGE_DESC_RECORD_TYPE) return 1;
        if (kind == TERMINATE_RECORD_TYPE) return 0;
        if (kind == EXTENSION_RECORD_TYPE && read_extension(state) == GIF_ERROR) return -1;
    }
}

// Takes the colours of `map`. Without one, or if they are no more than a gray ramp, the image is gray, as in Pillow.
static void take_palette(struct image *self, const ColorMapObject *map) {
    struct gif *state = self->state;
    int count = !map ? 0 : map->ColorCount < 256 ? map->ColorCount : 256;
    image_gray_palette(&state->palette);
    self->header.channels = 1;
    for (int i = 0; i < count; i++) {
        const GifColorType *color = &map->Colors[i];
        if (color->Red != i || color->Green != i || color->Blue != i) self->header.channels = 3;
        memcpy(state->palette.colors[i], (uint8_t[]){color->Red, color->Green, color->Blue}, 3);
    }
    if (self->header.channels == 3) image_end_palette(&state->palette, (size_t)count);
    // White below transparent pixels.
    if (state->transparent >= 0) memset(state->palette.colors[state->transparent], 255, 3);
}

static void gif_open(struct image *self) {
    struct gif *state = self->state = calloc(1, sizeof *state);
    if (!state) return image_fail(self, "out of memory");
    state->transparent = -1;
    int code = 0;
    state->gif = DGifOpen(self, on_read, &code);
    if (!state->gif) return fail(self, code);
    int found = find_frame(state);
    if (found == 0) return image_fail(self, "no image in it");
    if (found < 0 || DGifGetImageDesc(state->gif) == GIF_ERROR) return fail(self, state->gif->Error);
    const GifImageDesc *frame = &state->gif->Image;
    if (frame->Width == 0 || frame->Height == 0) return image_fail(self, "an empty frame");
    // A frame that reaches beyond the canvas makes it larger, as in Pillow.
    int right = frame->Left + frame->Width, bottom = frame->Top + frame->Height;
    self->header.width = (uint32_t)(right > state->gif->SWidth ? right : state->gif->SWidth);
    self->header.height = (uint32_t)(bottom > state->gif->SHeight ? bottom : state->gif->SHeight);
    take_palette(self, frame->ColorMap ? frame->ColorMap : state->gif->SColorMap);
    self->header.memory = (size_t)self->header.width * self->header.height * self->header.channels;
}

// Reads one row of the frame into its place; `line` holds the indices.
static int read_row(struct image *self, uint8_t *out, GifPixelType *line, int y) {
    struct gif *state = self->state;
    const GifImageDesc *frame = &state->gif->Image;
    int32_t channels = self->header.channels;
    if (DGifGetLine(state->gif, line, frame->Width) == GIF_ERROR) return GIF_ERROR;
    out += ((size_t)(frame->Top + y) * self->header.width + (size_t)frame->Left) * channels;
    image_expand(&state->palette, line, (size_t)frame->Width, channels, out);
    return GIF_OK;
}

static void gif_read(struct image *self, uint8_t *out) {
    static const int first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};  // GIF89a, appendix E
    struct gif *state = self->state;
    const GifImageDesc *frame = &state->gif->Image;
    size_t area = (size_t)self->header.width * self->header.height;
    // Around the frame lies the transparent colour, or else the first.
    const uint8_t *background = state->palette.colors[state->transparent < 0 ? 0 : state->transparent];
    image_fill(background, area, self->header.channels, out);
    GifPixelType *line = malloc((size_t)frame->Width);
    if (!line) return image_fail(self, "out of memory");
    int status = GIF_OK;
    for (int pass = 0; pass < (frame->Interlace ? 4 : 1); pass++)
        for (int y = frame->Interlace ? first[pass] : 0; y < frame->Height && status == GIF_OK;
             y += frame->Interlace ? step[pass] : 1)
            status = read_row(self, out, line, y);
    free(line);
    if (status == GIF_ERROR) return fail(self, state->gif->Error);
    // What follows the first frame does not make its pixels unusable.
    self->header.has_more = find_frame(state) == 1;
    self->header.error = NULL;
    self->header.problem = KERNELS_FINE;
}

static void gif_close(struct image *self) {
    struct gif *state = self->state;
    if (state && state->gif) DGifCloseFile(state->gif, NULL);
    free(state);
}

const struct codec image_gif = {gif_open, gif_read, gif_close};
