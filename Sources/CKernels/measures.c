// Measures of whole images: levels, frequencies, distances.

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

typedef float eight __attribute__((vector_size(32), aligned(4)));

// Four rows at once, whose sums do not wait for each other. The order of sums is fixed and FMA is off,
// so results are equal on every machine.
AVX2_CLONES
void kernels_frequencies(const uint8_t *restrict pixels, int32_t width, int32_t height,
                         const float *restrict columns, const float *restrict rows,
                         float *restrict out) {
#pragma STDC FP_CONTRACT OFF
    const eight *across = (const eight *)columns;
    eight total[8] = {{0}};
    for (int32_t y = 0; y < height; y += 4) {
        // Rows past the last one repeat the first of the four; their sums are not used.
        const uint8_t *a = pixels + (size_t)y * width;
        const uint8_t *b = y + 1 < height ? a + width : a;
        const uint8_t *c = y + 2 < height ? b + width : a;
        const uint8_t *d = y + 3 < height ? c + width : a;
        eight sums[4] = {{0}};
        for (int32_t x = 0; x < width; x++) {
            eight waves = across[x];
            sums[0] += waves * (float)a[x];
            sums[1] += waves * (float)b[x];
            sums[2] += waves * (float)c[x];
            sums[3] += waves * (float)d[x];
        }
        for (int32_t r = 0; r < 4 && y + r < height; r++)
            for (int32_t v = 0; v < 8; v++) total[v] += sums[r] * rows[8 * (y + r) + v];
    }
    for (int32_t v = 0; v < 8; v++)
        for (int32_t u = 0; u < 8; u++) out[8 * v + u] = total[v][u];
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
