// Pixel loops that gain from AVX2, and the decoders: those with libjpeg and libpng need setjmp.
// Buffers are row-major, one byte per channel, 0...255. Callers must validate sizes.

#ifndef PREP_CKERNELS_H
#define PREP_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// MARK: Grayscale

/// BT.601 luma of `count` RGB pixels, rounded as in Pillow's convert("L").
void kernels_gray_from_rgb(const uint8_t *rgb, uint8_t *gray, size_t count);

/// Converts `count` inverted CMYK pixels (as Adobe writes them into JPEG files) to RGB, as Pillow does.
void kernels_rgb_from_inverted_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t count);

/// Converts the three planes of a JPEG with 4:2:0 subsampling to gray; the result equals smooth upsampling,
/// RGB conversion and convert("L") in sequence. For widths of 5 and more, where libjpeg upsamples smoothly.
/// Rows of `y` must be readable, and `out` writable, for 16 bytes past their end. `scratch` must hold
/// 2 * width + 192 values. `use_vectors` 0 selects the plain version, with which tests compare.
void kernels_gray_from_420(const uint8_t *y, int32_t y_stride, const uint8_t *cb, const uint8_t *cr,
                           int32_t chroma_stride, int32_t width, int32_t height, int16_t *scratch,
                           int use_vectors, uint8_t *out);

// MARK: Resize

/// Which input positions each output position reads along one axis, and with what weights.
/// `weights` holds `taps` values per output position (zero past `lengths[i]`), scaled by 2^22.
typedef struct {
    const int32_t *starts;
    const int32_t *lengths;
    const int32_t *weights;
    int32_t taps;
} kernels_axis;

/// Horizontal pass: `rows` rows of `in_width` to rows of `out_width`, `channels` (1 or 3) interleaved.
/// `in` must be readable for 8 bytes past its end if `channels` is 1.
void kernels_resize_horizontal(const uint8_t *in, int32_t in_width, int32_t rows, int32_t channels,
                               kernels_axis axis, uint8_t *out, int32_t out_width);

/// Vertical pass: makes `out_rows` rows from the rows of `in`; all have `row_bytes` bytes.
void kernels_resize_vertical(const uint8_t *in, int32_t row_bytes, kernels_axis axis, uint8_t *out,
                             int32_t out_rows);

// MARK: Floats

/// in/255, each step rounded to float.
void kernels_scale(const uint8_t *in, size_t count, float *out);

/// (in/255 - mean) / deviation, the standard deviation; each step rounded to float.
void kernels_normalize(const uint8_t *in, size_t count, float mean, float deviation, float *out);

/// The same for interleaved red, green and blue, each with its own mean and deviation.
void kernels_normalize_rgb(const uint8_t *in, size_t pixels, const float *mean, const float *deviation, float *out);

/// Separates interleaved red, green and blue: all red, then all green, then all blue.
void kernels_planes(const uint8_t *in, size_t pixels, uint8_t *out);

// MARK: Measures

/// How often each of the 256 levels occurs among every `step`-th pixel.
void kernels_histogram(const uint8_t *pixels, size_t count, size_t step, uint32_t *out);

/// The sum of squared differences; once the sum is above `limit`, some number above it.
uint64_t kernels_squared_distance(const uint8_t *a, const uint8_t *b, size_t count, uint64_t limit);

// MARK: Near-duplicates

/// Features of an image, and images in a leaf.
enum { KERNELS_FEATURES = 24, KERNELS_LEAF = 32 };

/// The sums of an image's `across` x `down` blocks, each times its scale, row by row. Block u, v has the columns
/// columns[u]..<columns[u+1] and the rows rows[v]..<rows[v+1].
void kernels_block_sums(const uint8_t *pixels, int32_t width, const int32_t *columns, int32_t across,
                        const int32_t *rows, int32_t down, const float *scales, float *out);

/// The products of `count` values with KERNELS_FEATURES directions; directions[i*KERNELS_FEATURES+k] belongs to
/// value i.
void kernels_project(const float *values, int32_t count, const float *directions, float *out);

/// Finds the boxes from `first` to below `count` within `limit` (squared distance) of `box`. Lower ends of feature d of
/// the boxes 8*k to 8*k+7 begin at lower[64*k+8*d], upper ends likewise.
/// Writes their numbers to `out`, which has room for all; returns how many there are.
int32_t kernels_near_boxes(const float *lower, const float *upper, int32_t first, int32_t count,
                           int32_t box, float limit, int32_t *out);

/// Compares the images of two leaves. A leaf holds feature d of image i at d*KERNELS_LEAF+i.
/// Writes i*KERNELS_LEAF+j for every image i of `a` and j of `b` whose squared distance in feature space is at most
/// `limit`. `out` has room for all pairs.
/// Returns the number of pairs written.
int32_t kernels_near_pairs(const float *a, int32_t count_a, const float *b, int32_t count_b, float limit,
                           uint16_t *out);

// MARK: Augmentation

/// Maps an output position to a source position, both in pixels from the top left pixel's centre,
/// in 16.16 fixed point: x' = xx*x + xy*y + x0, y' = yx*x + yy*y + y0.
typedef struct {
    int32_t xx, xy, yx, yy;
    int64_t x0, y0;
} kernels_affine;

/// Writes the median level of the outermost pixels of each channel to `levels`; the lower one if their number is even.
/// `ring` has room for 2 * (width + height) + 64 bytes.
void kernels_border_levels(const uint8_t *image, int32_t width, int32_t height, int32_t channels, uint8_t *ring,
                           uint8_t *levels);

/// The bytes that a framed image takes, in any of the forms that the functions below need.
size_t kernels_frame_bytes(int32_t width, int32_t height, int32_t channels);

/// Puts an image of 1 or 3 channels into a frame of `levels`, one for each channel: one pixel at the left and top, two
/// at the right and bottom. Each row, from the one above the image, is interleaved with the row below it, byte by byte.
/// `framed` has room for kernels_frame_bytes.
void kernels_frame(const uint8_t *image, int32_t width, int32_t height, int32_t channels, const uint8_t *levels,
                   uint8_t *framed);

/// The widest vectors that may be used, where the processor has them. Less than all is for tests, which compare them.
typedef enum { KERNELS_PLAIN, KERNELS_AVX2, KERNELS_AVX512 } kernels_vectors;

/// Samples an image of 1 or 3 channels bilinearly, with `levels` around it, one for each channel. `framed` is scratch with
/// room for kernels_frame_bytes; `out` has room for the image.
void kernels_affine_bilinear(const uint8_t *image, int32_t width, int32_t height, int32_t channels,
                             const uint8_t *levels, kernels_affine map, kernels_vectors vectors, uint8_t *framed,
                             uint8_t *out);

/// Values that noise is made in multiples of.
enum { KERNELS_NOISE = 64 };

/// The largest radius of a blur.
enum { KERNELS_RADIUS = 256 };

/// Fills `out` with random numbers from -16384 to 16383: the halves of the words of Philox blocks under `key`, a bit
/// less each. Values 64*g to 64*g+63 are those of the blocks with counters 8*g to 8*g+7: first all first words, low
/// half before high half, then all second words, and so on. `out` has room for `count`, rounded up to KERNELS_NOISE.
void kernels_elastic_noise(const uint32_t *key, size_t count, int use_vectors, int16_t *out);

/// Blurs a field of 15-bit numbers, which it destroys, first along rows and then along columns; outside the field are
/// its mirror images, without the edge itself. The weights of the centre and of `radius` values on each side, at most
/// KERNELS_RADIUS, are scaled by 2^15. After the first pass values are rounded, and after the second multiplied by
/// `scale` and cut to whole numbers. `margin` has room for width + 2 * radius values, `rows` for 2 * radius + 3.
void kernels_elastic_blur(int16_t *noise, int32_t width, int32_t height, const int16_t *weights, int32_t radius,
                          float scale, int use_vectors, int16_t *margin, const int16_t **rows, int32_t *out);

/// Samples an image of 1 or 3 channels bilinearly at displaced positions; `across` and `down` are 16.16 fixed point, up
/// to 4096 pixels. `framed` is what kernels_frame wrote. `use_vectors` 0 selects the plain version.
void kernels_displace(const uint8_t *framed, int32_t width, int32_t height, int32_t channels,
                      const int32_t *across, const int32_t *down, int use_vectors, uint8_t *out);

/// (level * factor + offset) / 65536, rounded down and limited to 0...255. |factor| is at most 2^17, |offset| 2^25.
void kernels_linear(const uint8_t *in, size_t count, int32_t factor, int32_t offset, uint8_t *out);

/// The sum of all bytes.
uint64_t kernels_sum(const uint8_t *in, size_t count);

/// Mirrors an image of 1 or 3 channels left and right. `out` is not `in`.
void kernels_flip(const uint8_t *in, int32_t width, int32_t height, int32_t channels, uint8_t *out);

// MARK: Memory

/// Asks for memory that will be read soon. The processor cannot guess where an image in a random order begins.
static inline void kernels_prefetch(const uint8_t *memory, size_t bytes) {
    enum { CACHE_LINE = 64 };
    for (size_t k = 0; k < bytes; k += CACHE_LINE) __builtin_prefetch(memory + k, 0, 3);
}

/// Returns freed memory to the system if the C library can (glibc's malloc_trim).
void kernels_return_freed_memory(void);

// MARK: JPEG

typedef struct kernels_jpeg kernels_jpeg;

/// Reads the header of the JPEG in `bytes`, which must stay valid until `kernels_jpeg_close`.
/// Returns NULL only if memory is out; ask `kernels_jpeg_error` before using the result.
/// Allocates no memory that grows with the image, so that the caller can refuse its size first.
kernels_jpeg *kernels_jpeg_open(const uint8_t *bytes, size_t count);

/// The error, or NULL: "truncated JPEG" or libjpeg's message. A warning counts as an error unless the pixels
/// are intact.
const char *kernels_jpeg_error(const kernels_jpeg *jpeg);

uint32_t kernels_jpeg_width(const kernels_jpeg *jpeg);
uint32_t kernels_jpeg_height(const kernels_jpeg *jpeg);

/// Lets `kernels_jpeg_read` decode at a half, a quarter or an eighth of the size; `denominator` is 1, 2, 4 or 8. Width and
/// height are then those of the pixels. Call it before them, and not before `kernels_jpeg_read_planes`.
void kernels_jpeg_scale(kernels_jpeg *jpeg, int denominator);

/// 1 (gray), 3 (RGB or YCbCr) or 4 (CMYK or YCCK).
int kernels_jpeg_components(const kernels_jpeg *jpeg);

/// Whether the components are Y, Cb and Cr with 4:2:0 subsampling, for `kernels_jpeg_read_planes`.
int kernels_jpeg_is_420(const kernels_jpeg *jpeg);

/// The most bytes that the read functions take for the whole image, with libjpeg's own and `scratch`.
size_t kernels_jpeg_memory(kernels_jpeg *jpeg);

/// The TIFF structure of the Exif segments, or NULL; valid until close.
const uint8_t *kernels_jpeg_exif(const kernels_jpeg *jpeg, size_t *count);

/// The XMP packet, or NULL; valid until close.
const uint8_t *kernels_jpeg_xmp(const kernels_jpeg *jpeg, size_t *count);

/// Decodes into `out`: width*height bytes of gray for one component, else width*height*3 of RGB. `scratch`
/// must hold width*height*4 bytes for four components, and is not used otherwise. Returns 0, or -1 with
/// `kernels_jpeg_error` set. Call only one of the two read functions, and only once.
int kernels_jpeg_read(kernels_jpeg *jpeg, uint8_t *scratch, uint8_t *out);

/// Decodes into three planes, without upsampling and colour conversion. Luma has `rows` rows of `y_stride`
/// bytes, chroma half as many rows of half as many bytes. The planes must hold the image in whole blocks of
/// 16x16 pixels. Returns 0, or -1 with `kernels_jpeg_error` set.
int kernels_jpeg_read_planes(kernels_jpeg *jpeg, uint8_t *y, size_t y_stride, uint8_t *cb, uint8_t *cr,
                             size_t rows);

void kernels_jpeg_close(kernels_jpeg *jpeg);

/// The most bytes that `kernels_jpeg_write` needs.
size_t kernels_jpeg_write_bound(uint32_t width, uint32_t height);

/// Writes RGB pixels as a baseline 4:2:0 JPEG. Returns its size in bytes, or 0 if a JPEG cannot have that many
/// pixels or does not fit into `capacity` bytes.
size_t kernels_jpeg_write(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, uint8_t *out,
                          size_t capacity);

// MARK: PNG

typedef struct kernels_png kernels_png;

/// Reads the header of the PNG in `bytes`, which must stay valid until `kernels_png_close`.
/// Returns NULL only if memory is out; ask `kernels_png_error` before using the result.
/// Allocates no memory that grows with the image, so that the caller can refuse its size first.
kernels_png *kernels_png_open(const uint8_t *bytes, size_t count);

/// The error, or NULL.
const char *kernels_png_error(const kernels_png *png);

uint32_t kernels_png_width(const kernels_png *png);
uint32_t kernels_png_height(const kernels_png *png);

/// Channels that `kernels_png_read` delivers, without alpha: 1 (gray) or 3 (RGB).
int kernels_png_channels(const kernels_png *png);

/// Bytes that `kernels_png_read` needs as scratch: the image with its alpha channel, or 0 without one.
size_t kernels_png_scratch_size(const kernels_png *png);

/// The bytes of `out` and `scratch` together, twice those at 16 bits per channel, which take twice the time.
size_t kernels_png_memory(const kernels_png *png);

/// Decodes into `out` (width*height*channels bytes): 16 bits scaled to 8, palettes and low depths expanded,
/// transparency composited over white. Returns 0, or -1 with `kernels_png_error` set. May be called once.
int kernels_png_read(kernels_png *png, uint8_t *scratch, uint8_t *out);

/// The last eXIf chunk, or NULL; valid until close. It may follow the pixels, so ask after reading them.
const uint8_t *kernels_png_exif(const kernels_png *png, size_t *count);

/// The last XMP packet, or NULL; otherwise like `kernels_png_exif`.
const uint8_t *kernels_png_xmp(const kernels_png *png, size_t *count);

void kernels_png_close(kernels_png *png);

// MARK: WebP, TIFF, GIF, BMP

typedef enum { KERNELS_WEBP, KERNELS_TIFF, KERNELS_GIF, KERNELS_BMP } kernels_format;

/// What is wrong with an image: damage, missing bytes at the end, or a kind that is not read.
typedef enum { KERNELS_FINE, KERNELS_CORRUPT, KERNELS_TRUNCATED, KERNELS_UNSUPPORTED } kernels_problem;

/// The first frame or page of an open image. What points to bytes is valid until close.
typedef struct {
    uint32_t width, height;
    int32_t channels;     ///< that `kernels_image_read` delivers, without alpha: 1 (gray) or 3 (RGB)
    int32_t orientation;  ///< 1...8 if a tag of the format itself states it, else 0
    int32_t has_more;     ///< whether more frames or pages follow the first; complete after reading
    kernels_problem problem;
    size_t memory;        ///< the most bytes that reading takes, `out` and what the library takes included
    const uint8_t *exif;  ///< NULL without one
    size_t exif_count;
    const uint8_t *xmp;   ///< NULL without one
    size_t xmp_count;
    const char *error;    ///< NULL without one; of an unsupported kind, what it is: “12 bits per sample”
} kernels_image;

/// Reads the header of the image in `bytes`, which must stay valid until `kernels_image_close`.
/// Returns NULL only if memory is out; look at `error` before using the result.
/// Allocates no memory that grows with the image, so that the caller can refuse its size first.
kernels_image *kernels_image_open(kernels_format format, const uint8_t *bytes, size_t count);

/// Decodes into `out` (width*height*channels bytes): levels scaled to 8 bits, palettes expanded, transparency
/// composited over white. Returns 0, or -1 with `error` set. May be called once.
int kernels_image_read(kernels_image *image, uint8_t *out);

void kernels_image_close(kernels_image *image);

#endif
