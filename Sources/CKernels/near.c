// Lower bounds of the distances between images, many pairs at once. They only decide which images are compared, so
// the order of sums does not matter.

#include "CKernels.h"
#include "clones.h"

#include <string.h>

typedef float eight __attribute__((vector_size(32), aligned(4)));
typedef int32_t eight_flags __attribute__((vector_size(32)));

void kernels_block_sums(const uint8_t *pixels, int32_t width, const int32_t *columns, int32_t across,
                        const int32_t *rows, int32_t down, const float *scales, float *out) {
    for (int32_t v = 0; v < down; v++) {
        for (int32_t u = 0; u < across; u++) {
            uint32_t sum = 0;
            for (int32_t y = rows[v]; y < rows[v + 1]; y++)
                for (int32_t x = columns[u]; x < columns[u + 1]; x++) sum += pixels[(size_t)y * width + x];
            out[v * across + u] = (float)sum * scales[v * across + u];
        }
    }
}

FMA_CLONES
void kernels_project(const float *values, int32_t count, const float *directions, float *out) {
    eight sums[KERNELS_FEATURES / 8] = {{0}};
    for (int32_t i = 0; i < count; i++) {
        const eight *row = (const eight *)(directions + (size_t)i * KERNELS_FEATURES);
        for (int32_t k = 0; k < KERNELS_FEATURES / 8; k++) sums[k] += row[k] * values[i];
    }
    memcpy(out, sums, sizeof sums);
}

/// Adds the squared differences of some features of one image and eight others. Vectors are passed by address, because
/// by value they would depend on the machine.
static inline __attribute__((always_inline)) void add_squares(eight *sum, const float *a, const float *b,
                                                              int32_t from, int32_t to) {
    // Two sums, which do not wait for each other.
    eight even = *sum, odd = {0};
    for (int32_t d = from; d < to; d += 2) {
        eight first = *(const eight *)(b + d * KERNELS_LEAF) - a[d * KERNELS_LEAF];
        eight second = *(const eight *)(b + (d + 1) * KERNELS_LEAF) - a[(d + 1) * KERNELS_LEAF];
        even += first * first;
        odd += second * second;
    }
    *sum = even + odd;
}

static inline __attribute__((always_inline)) int is_any_within(const eight *sum, float limit) {
    eight_flags flags = *sum <= limit;
    int64_t parts[4];
    memcpy(parts, &flags, sizeof parts);
    return (parts[0] | parts[1] | parts[2] | parts[3]) != 0;
}

FMA_CLONES
int32_t kernels_near_boxes(const float *lower, const float *upper, int32_t first, int32_t count,
                           int32_t box, float limit, int32_t *out) {
    int32_t found = 0;
    const float *low = lower + (box & ~7) * 8 + (box & 7), *high = upper + (box & ~7) * 8 + (box & 7);
    for (int32_t start = first & ~7; start < count; start += 8) {
        eight sum = {0};
        for (int32_t d = 0; d < 8; d++) {
            eight below = low[d * 8] - *(const eight *)(upper + start * 8 + d * 8);
            eight above = *(const eight *)(lower + start * 8 + d * 8) - high[d * 8];
            eight gap = __builtin_elementwise_max(__builtin_elementwise_max(below, above), (eight){0});
            sum += gap * gap;
        }
        if (!is_any_within(&sum, limit)) continue;
        for (int32_t lane = 0; lane < 8; lane++)
            if (sum[lane] <= limit && start + lane >= first && start + lane < count) out[found++] = start + lane;
    }
    return found;
}

FMA_CLONES
int32_t kernels_near_pairs(const float *a, int32_t count_a, const float *b, int32_t count_b, float limit,
                           uint16_t *out) {
    int32_t found = 0;
    for (int32_t i = 0; i < count_a; i++) {
        for (int32_t j = 0; j < count_b; j += 8) {
            // Most pairs differ enough in the first, most telling features.
            eight sum = {0};
            add_squares(&sum, a + i, b + j, 0, 8);
            if (!is_any_within(&sum, limit)) continue;
            add_squares(&sum, a + i, b + j, 8, KERNELS_FEATURES);
            for (int32_t lane = 0; lane < 8 && j + lane < count_b; lane++)
                if (sum[lane] <= limit) out[found++] = (uint16_t)(i * KERNELS_LEAF + j + lane);
        }
    }
    return found;
}
