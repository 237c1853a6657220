// Bilinear sampling of a gray image under an affine map, in fixed point.

#include "CKernels.h"
#include "clones.h"
#include <string.h>

static inline int32_t limit(int64_t value, int32_t low, int32_t high) {
    return (int32_t)(value < low ? low : value > high ? high : value);
}

AVX2_CLONES
void kernels_affine_bilinear(const uint8_t *restrict padded, int32_t width, int32_t height,
                             kernels_affine map, uint8_t *restrict out) {
    const int32_t stride = width + 3;
    // From one pixel left of the image (wholly frame) to one pixel right of it (wholly frame):
    // whatever lies farther out is background too, so positions may be clamped to that.
    const int32_t low = -65536, right = width << 16, bottom = height << 16;
    const uint8_t *origin = padded + stride + 1;
    for (int32_t oy = 0; oy < height; oy++) {
        int64_t row_x = map.x0 + (int64_t)map.xy * oy;
        int64_t row_y = map.y0 + (int64_t)map.yy * oy;
        for (int32_t ox = 0; ox < width; ox++) {
            int32_t x = limit(row_x + (int64_t)map.xx * ox, low, right);
            int32_t y = limit(row_y + (int64_t)map.yx * ox, low, bottom);
            const uint8_t *cell = origin + (y >> 16) * stride + (x >> 16);
            // 12-bit fractions: 255 * 2^24 plus the rounding half just fits 32 bits.
            uint32_t fx = (uint32_t)(x & 0xFFFF) >> 4, fy = (uint32_t)(y & 0xFFFF) >> 4;
            uint32_t top = cell[0] * (4096 - fx) + cell[1] * fx;
            uint32_t below = cell[stride] * (4096 - fx) + cell[stride + 1] * fx;
            *out++ = (uint8_t)((top * (4096 - fy) + below * fy + (1u << 23)) >> 24);
        }
    }
}
