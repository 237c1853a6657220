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

// The LZW codes of a frame. In memory, its blocks begin where giflib stands before the first row.
struct codes {
    const struct image *image;
    size_t at, block_end;
    uint32_t buffer, held;  // bits that were read and not yet used
};

// The next code of `width` bits, or -1 at the end.
static int next_code(struct codes *self, uint32_t width) {
    const uint8_t *bytes = self->image->bytes;
    size_t count = self->image->count;
    while (self->held < width) {
        if (self->at == self->block_end) {
            if (self->at >= count || bytes[self->at] == 0) return -1;
            self->block_end += 1 + (size_t)bytes[self->at++];
        }
        if (self->at >= count) return -1;
        self->buffer |= (uint32_t)bytes[self->at++] << self->held;
        self->held += 8;
    }
    int code = (int)(self->buffer & ((1u << width) - 1));
    self->buffer >>= width;
    self->held -= width;
    return code;
}

// Whether all codes of the frame's pixels stand for something. giflib makes something up for those that do not; Pillow
// takes them for damage.
static int are_codes_known(const struct image *self) {
    enum { MOST_CODES = 4096, LONGEST_CODE = 12 };
    const struct gif *state = self->state;
    const GifImageDesc *frame = &state->gif->Image;
    struct codes codes = {.image = self, .at = state->offset, .block_end = state->offset};
    uint16_t lengths[MOST_CODES];  // pixels that a code stands for
    uint32_t bits = self->bytes[state->offset - 1];
    int clear = 1 << bits, next = clear + 2, last = -1;
    for (int i = 0; i < clear; i++) lengths[i] = 1;
    for (size_t area = (size_t)frame->Width * (size_t)frame->Height, done = 0, width = bits + 1; done < area;) {
        int code = next_code(&codes, (uint32_t)width);
        if (code < 0 || code == clear + 1) return 1;  // the end; whether pixels are missing is giflib's to say
        if (code == clear) {
            width = bits + 1;
            next = clear + 2;
            last = -1;
            continue;
        }
        if (code > (last < 0 ? clear : next)) return 0;
        if (last >= 0 && next < MOST_CODES) {
            lengths[next] = lengths[last] + 1;
            if (next == (1 << width) - 1 && width < LONGEST_CODE) width++;
            next++;
        }
        done += lengths[code];
        last = code;
    }
    return 1;
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
    if (!are_codes_known(self)) return image_fail(self, "an LZW code that stands for nothing");
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
