// Measures of whole images: levels, distances.

#include "CKernels.h"
#include "clones.h"

#include <string.h>

void kernels_histogram(const uint8_t *pixels, size_t count, size_t step, uint32_t *out) {
    // Four tables in turn, because most pixels are paper and a count must wait for the last one of its level.
    uint32_t tables[4][256];
    memset(tables, 0, sizeof tables);
    size_t i = 0;
    for (; i + 3 * step < count; i += 4 * step) {
        tables[0][pixels[i]]++;
        tables[1][pixels[i + step]]++;
        tables[2][pixels[i + 2 * step]]++;
        tables[3][pixels[i + 3 * step]]++;
    }
    for (; i < count; i += step) tables[0][pixels[i]]++;
    for (int level = 0; level < 256; level++)
        out[level] = tables[0][level] + tables[1][level] + tables[2][level] + tables[3][level];
}

AVX2_CLONES
uint64_t kernels_squared_distance(const uint8_t *restrict a, const uint8_t *restrict b, size_t count,
                                  uint64_t limit) {
    uint64_t total = 0;
    // Runs are short enough for 32-bit sums, and for stopping early if the images differ.
    enum { RUN = 128 };
    for (size_t start = 0; start < count && total <= limit; start += RUN) {
        size_t end = start + RUN < count ? start + RUN : count;
        uint32_t sum = 0;
        for (size_t i = start; i < end; i++) {
            int32_t difference = (int32_t)a[i] - (int32_t)b[i];
            sum += (uint32_t)(difference * difference);
        }
        total += sum;
    }
    return total;
}
