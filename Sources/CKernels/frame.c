// What lies around an image: the levels of its border, and a frame of them.

#include "CKernels.h"
#include "sampling.h"

// Levels that are counted together; fewer than 256, so that the counts fit into bytes.
enum { COUNTED = 64 };

// How many of `count` levels are at most `limit`; those up to a multiple of COUNTED must be above it.
static int32_t count_up_to(const uint8_t *levels, int32_t count, uint8_t limit) {
    int32_t total = 0;
    for (int32_t start = 0; start < count; start += COUNTED, levels += COUNTED) {
#if defined(__x86_64__)
        // SSE2, which every such machine has. No compiler finds the sum of bytes.
        const __m128i zero = _mm_setzero_si128(), bound = _mm_set1_epi8((char)limit);
        __m128i part = zero;
        for (int32_t k = 0; k < COUNTED; k += 16) {
            __m128i some = _mm_loadu_si128((const __m128i *)(levels + k));
            part = _mm_sub_epi8(part, _mm_cmpeq_epi8(_mm_min_epu8(some, bound), some));
        }
        part = _mm_sad_epu8(part, zero);
        total += _mm_cvtsi128_si32(part) + _mm_extract_epi16(part, 4);
#else
        for (int32_t k = 0; k < COUNTED; k++) total += levels[k] <= limit;
#endif
    }
    return total;
}

// The lower median of the first `count` levels. Those up to a multiple of COUNTED must be 255.
static uint8_t median(const uint8_t *levels, int32_t count) {
    // Often the background has one level, and the first pixel has it.
    const uint8_t guess = levels[0];
    if (2 * count_up_to(levels, count, guess) >= count &&
        (guess == 0 || 2 * count_up_to(levels, count, (uint8_t)(guess - 1)) < count)) {
        return guess;
    }
    int32_t found = 0;
    for (int32_t bit = 128; bit > 0; bit /= 2) {
        // If fewer than half of the levels are below, the median is not. Without a branch, which nobody could predict.
        found += (2 * count_up_to(levels, count, (uint8_t)(found + bit - 1)) < count) * bit;
    }
    return (uint8_t)found;
}

// Copies the outermost pixels of one channel, and returns how many there are.
static inline int32_t collect(const uint8_t *image, int32_t width, int32_t height, int32_t channels, uint8_t *ring) {
    const int64_t row = (int64_t)width * channels, end = row - channels;
    int32_t count = 0;
    for (int32_t x = 0; x < width; x++) ring[count++] = image[x * channels];
    for (int32_t y = 1; y < height - 1; y++) {
        ring[count++] = image[y * row];
        if (width > 1) ring[count++] = image[y * row + end];
    }
    if (height == 1) return count;
    image += (height - 1) * row;
    for (int32_t x = 0; x < width; x++) ring[count++] = image[x * channels];
    return count;
}

void kernels_border_levels(const uint8_t *image, int32_t width, int32_t height, int32_t channels, uint8_t *ring,
                           uint8_t *levels) {
    for (int32_t channel = 0; channel < channels; channel++) {
        int32_t count = channels == 1 ? collect(image, width, height, 1, ring)
                                      : collect(image + channel, width, height, 3, ring);
        memset(ring + count, 255, COUNTED);
        levels[channel] = median(ring, count);
    }
}

// Writes the pixels of two rows in turn, byte by byte.
static inline void interleave(const uint8_t *restrict above, const uint8_t *restrict below, int64_t count,
                              uint8_t *restrict out) {
    enum { BLOCK = 16 };
    for (int64_t start = 0; start < count; start += BLOCK) {
        if (count < BLOCK) {
            for (int64_t k = 0; k < count; k++) {
                out[2 * k] = above[k];
                out[2 * k + 1] = below[k];
            }
            return;
        }
        // The last block ends at the last byte, even if some are written twice.
        int64_t first = start + BLOCK <= count ? start : count - BLOCK;
        for (int64_t k = first; k < first + BLOCK; k++) {
            out[2 * k] = above[k];
            out[2 * k + 1] = below[k];
        }
    }
}

void kernels_frame(const uint8_t *image, int32_t width, int32_t height, int32_t channels, const uint8_t *levels,
                   uint8_t *framed) {
    const int64_t stride = frame_stride(width, channels), row = (int64_t)width * channels;
    // A row of background, behind the frame.
    uint8_t *background = framed + (height + 2) * stride;
    for (int64_t k = 0; k < row; k++) background[k] = levels[k % channels];
    // Two pixels of background for two rows. For gray it is four bytes and not twelve, but what comes after is written
    // later.
    uint8_t pair[12];
    for (int32_t k = 0; k < 12; k++) pair[k] = levels[k / 2 % channels];
    for (int32_t y = -1; y <= height; y++, framed += stride) {
        const uint8_t *above = y >= 0 && y < height ? image + y * row : background;
        const uint8_t *below = y + 1 < height ? image + (y + 1) * row : background;
        uint8_t *out = framed + 2 * channels;
        memcpy(framed, pair, sizeof pair);
        interleave(above, below, row, out);
        memcpy(out + 2 * row, pair, sizeof pair);
    }
}
