// Elastic distortion: random displacements, blurred, and an image sampled where they lead. In integers, up to a last
// product, so that every machine gives the same.

#include "CKernels.h"
#include "clones.h"
#include "sampling.h"

// Blocks that are drawn together, and their values: eight of 16 bits from each block.
enum { GROUP = 8, ROUNDS = 10 };

// Philox4x32-10 (as SeededRandom): the blocks with the counters `first` to `first` + 7. Block k's words are
// words[0][k] to words[3][k].
static void philox(uint32_t first, const uint32_t *key, uint32_t words[4][GROUP]) {
    for (uint32_t k = 0; k < GROUP; k++) {
        uint32_t x = first + k, y = 0, z = 0, w = 0, k0 = key[0], k1 = key[1];
        for (int32_t round = 0; round < ROUNDS; round++) {
            uint64_t a = (uint64_t)x * 0xD2511F53u, b = (uint64_t)z * 0xCD9E8D57u;
            x = (uint32_t)(b >> 32) ^ y ^ k0;
            z = (uint32_t)(a >> 32) ^ w ^ k1;
            y = (uint32_t)b;
            w = (uint32_t)a;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        words[0][k] = x;
        words[1][k] = y;
        words[2][k] = z;
        words[3][k] = w;
    }
}

static void noise_group(uint32_t first, const uint32_t *key, int16_t *out) {
    uint32_t words[4][GROUP];
    philox(first, key, words);
    for (int32_t word = 0; word < 4; word++) {
        for (int32_t k = 0; k < GROUP; k++, out += 2) {
            out[0] = (int16_t)((int16_t)(uint16_t)words[word][k] >> 1);
            out[1] = (int16_t)((int16_t)(uint16_t)(words[word][k] >> 16) >> 1);
        }
    }
}

#if defined(__x86_64__)
// The upper and lower halves of eight products of 32 bits.
__attribute__((target("avx2"))) static inline void
multiply(__m256i value, __m256i factor, __m256i *upper, __m256i *lower) {
    __m256i even = _mm256_mul_epu32(value, factor), odd = _mm256_mul_epu32(_mm256_srli_epi64(value, 32), factor);
    *upper = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
    *lower = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
}

__attribute__((target("avx2"))) static void noise_group_avx2(uint32_t first, const uint32_t *key, int16_t *out) {
    __m256i x = _mm256_add_epi32(_mm256_set1_epi32((int)first), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    __m256i y = _mm256_setzero_si256(), z = y, w = y;
    const __m256i a = _mm256_set1_epi32((int)0xD2511F53u), b = _mm256_set1_epi32((int)0xCD9E8D57u);
    uint32_t k0 = key[0], k1 = key[1];
    for (int32_t round = 0; round < ROUNDS; round++) {
        __m256i upper_a, lower_a, upper_b, lower_b;
        multiply(x, a, &upper_a, &lower_a);
        multiply(z, b, &upper_b, &lower_b);
        x = _mm256_xor_si256(_mm256_xor_si256(upper_b, y), _mm256_set1_epi32((int)k0));
        z = _mm256_xor_si256(_mm256_xor_si256(upper_a, w), _mm256_set1_epi32((int)k1));
        y = lower_b;
        w = lower_a;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    const __m256i words[4] = {x, y, z, w};
    for (int32_t word = 0; word < 4; word++) {
        _mm256_storeu_si256((__m256i *)(out + 16 * word), _mm256_srai_epi16(words[word], 1));
    }
}
#endif

void kernels_elastic_noise(const uint32_t *key, size_t count, int use_vectors, int16_t *out) {
    uint32_t block = 0;
#if defined(__x86_64__)
    int vectors = use_vectors && __builtin_cpu_supports("avx2");
#else
    int vectors = 0;
#endif
    for (size_t start = 0; start < count; start += KERNELS_NOISE, block += GROUP) {
#if defined(__x86_64__)
        if (vectors) {
            noise_group_avx2(block, key, out + start);
            continue;
        }
#endif
        noise_group(block, key, out + start);
    }
    (void)vectors;
}

// A kernel's weights by two, as the vectors take them: pairs[0] is that of the centre alone, pairs[k] those of 2*k-1
// and 2*k pixels from it, the second in the upper half. A weight past the last is zero; its row must be readable.
typedef struct {
    int32_t radius;
    const int16_t *weights;
    int32_t pairs[KERNELS_RADIUS / 2 + 2];
} blur;

static void prepare(blur *kernel, const int16_t *weights, int32_t radius) {
    kernel->radius = radius;
    kernel->weights = weights;
    kernel->pairs[0] = weights[0];
    for (int32_t k = 1; k <= radius; k += 2) {
        kernel->pairs[(k + 1) / 2] = weights[k] | (k < radius ? (int32_t)weights[k + 1] << 16 : 0);
    }
}

// weights[0] * rows[0] plus weights[k] * (rows[k] + rows[-k]) for k to the radius.
static void weigh_plain(const int16_t *const *rows, const blur *kernel, int32_t count, int32_t *out) {
    for (int32_t x = 0; x < count; x++) {
        int32_t sum = rows[0][x] * kernel->weights[0];
        for (int32_t k = 1; k <= kernel->radius; k++) sum += (rows[k][x] + rows[-k][x]) * kernel->weights[k];
        out[x] = sum;
    }
}

#if defined(__x86_64__)
// Columns in blocks of sixteen: the sums of rows k and k + 1 and their opposites, two per multiply-add. Values have
// 15 bits, so that a sum fits 16.
__attribute__((target("avx2"), always_inline)) static inline void
weigh_blocks(const int16_t *const *rows, const blur *kernel, int32_t x, int32_t blocks, int32_t *out) {
    const int32_t *pairs = kernel->pairs, radius = kernel->radius;
    __m256i low[2], high[2], weight = _mm256_set1_epi32(pairs[0]);
    for (int32_t block = 0; block < blocks; block++) {
        __m256i centre = _mm256_loadu_si256((const __m256i *)(rows[0] + x + 16 * block));
        low[block] = _mm256_madd_epi16(_mm256_unpacklo_epi16(centre, _mm256_setzero_si256()), weight);
        high[block] = _mm256_madd_epi16(_mm256_unpackhi_epi16(centre, _mm256_setzero_si256()), weight);
    }
    for (int32_t k = 1; k <= radius; k += 2) {
        const int16_t *a = rows[k] + x, *b = rows[-k] + x, *c = rows[k + 1] + x, *d = rows[-k - 1] + x;
        weight = _mm256_set1_epi32(pairs[(k + 1) / 2]);
        for (int32_t block = 0; block < blocks; block++) {
            __m256i one = _mm256_add_epi16(_mm256_loadu_si256((const __m256i *)(a + 16 * block)),
                                           _mm256_loadu_si256((const __m256i *)(b + 16 * block)));
            __m256i two = _mm256_add_epi16(_mm256_loadu_si256((const __m256i *)(c + 16 * block)),
                                           _mm256_loadu_si256((const __m256i *)(d + 16 * block)));
            low[block] = _mm256_add_epi32(low[block], _mm256_madd_epi16(_mm256_unpacklo_epi16(one, two), weight));
            high[block] = _mm256_add_epi32(high[block], _mm256_madd_epi16(_mm256_unpackhi_epi16(one, two), weight));
        }
    }
    for (int32_t block = 0; block < blocks; block++, out += 16) {
        _mm256_storeu_si256((__m256i *)out, _mm256_permute2x128_si256(low[block], high[block], 0x20));
        _mm256_storeu_si256((__m256i *)(out + 8), _mm256_permute2x128_si256(low[block], high[block], 0x31));
    }
}

// For 16 columns and more.
__attribute__((target("avx2"))) static void
weigh_avx2(const int16_t *const *rows, const blur *kernel, int32_t count, int32_t *out) {
    int32_t x = 0;
    for (; x + 32 <= count; x += 32) weigh_blocks(rows, kernel, x, 2, out + x);
    for (; x < count; x += 16) {
        // The last sixteen end at the last column, even if some are computed twice.
        if (x + 16 > count) x = count - 16;
        weigh_blocks(rows, kernel, x, 1, out + x);
    }
}
#endif

static void weigh(const int16_t *const *rows, const blur *kernel, int32_t count, int use_vectors, int32_t *out) {
#if defined(__x86_64__)
    if (use_vectors && count >= 16 && __builtin_cpu_supports("avx2")) {
        weigh_avx2(rows, kernel, count, out);
        return;
    }
#endif
    weigh_plain(rows, kernel, count, out);
}

// An index outside 0..<count, mirrored at the first and last element, which are not repeated.
static inline int32_t mirror(int32_t index, int32_t count) {
    if (count == 1) return 0;
    while (index < 0 || index >= count) index = index < 0 ? -index : 2 * (count - 1) - index;
    return index;
}

AVX2_CLONES
static void round_row(const int32_t *sums, int32_t count, int16_t *out) {
    for (int32_t x = 0; x < count; x++) out[x] = (int16_t)((sums[x] + (1 << 14)) >> 15);
}

AVX2_CLONES
static void scale_row(const int32_t *sums, int32_t count, float scale, int32_t *out) {
    // One product and one conversion: nothing that could be fused.
    for (int32_t x = 0; x < count; x++) out[x] = (int32_t)((float)sums[x] * scale);
}

void kernels_elastic_blur(int16_t *noise, int32_t width, int32_t height, const int16_t *weights, int32_t radius,
                          float scale, int use_vectors, int16_t *margin, const int16_t **rows, int32_t *out) {
    const int16_t **middle = rows + radius + 1;
    blur kernel;
    prepare(&kernel, weights, radius);
    for (int32_t k = -radius; k <= radius; k++) middle[k] = margin + radius + k;
    // Rows whose weight is zero.
    middle[radius + 1] = middle[-radius - 1] = margin;
    for (int32_t y = 0; y < height; y++) {
        int16_t *row = noise + (size_t)y * width;
        memcpy(margin + radius, row, (size_t)width * sizeof *row);
        for (int32_t k = 1; k <= radius; k++) {
            margin[radius - k] = row[mirror(-k, width)];
            margin[radius + width - 1 + k] = row[mirror(width - 1 + k, width)];
        }
        weigh(middle, &kernel, width, use_vectors, out);
        round_row(out, width, row);
    }
    for (int32_t y = 0; y < height; y++) {
        for (int32_t k = -radius; k <= radius; k++) middle[k] = noise + (size_t)mirror(y + k, height) * width;
        int32_t *row = out + (size_t)y * width;
        weigh(middle, &kernel, width, use_vectors, row);
        scale_row(row, width, scale, row);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static inline void
displace_avx2(const uint8_t *framed, int32_t width, int32_t height, int32_t channels, const int32_t *across,
              const int32_t *down, uint8_t *out) {
    // Of the frame, whose first pixel is outside the image.
    const __m256i lanes = _mm256_slli_epi32(_mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 8), 16);
    positions at;
    for (int32_t oy = 0; oy < height; oy++, across += width, down += width) {
        uint8_t *row = out + (size_t)oy * width * channels;
        for (int32_t column = 0; column < width; column += 8) {
            int32_t ox = column + 8 <= width ? column : width - 8;
            __m256i x = _mm256_add_epi32(_mm256_set1_epi32(ox << 16), lanes);
            x = _mm256_add_epi32(x, _mm256_loadu_si256((const __m256i *)(across + ox)));
            __m256i y = _mm256_loadu_si256((const __m256i *)(down + ox));
            y = _mm256_add_epi32(_mm256_set1_epi32((oy + 1) << 16), y);
            locate(x, y, width, height, channels, &at);
            sample_eight(framed, width, channels, &at, ox, row);
        }
    }
}

__attribute__((target("avx2"))) static void
displace_gray_avx2(const uint8_t *framed, int32_t width, int32_t height, const int32_t *across,
                   const int32_t *down, uint8_t *out) {
    displace_avx2(framed, width, height, 1, across, down, out);
}

__attribute__((target("avx2"))) static void
displace_rgb_avx2(const uint8_t *framed, int32_t width, int32_t height, const int32_t *across,
                  const int32_t *down, uint8_t *out) {
    displace_avx2(framed, width, height, 3, across, down, out);
}
#endif

void kernels_displace(const uint8_t *framed, int32_t width, int32_t height, int32_t channels,
                      const int32_t *across, const int32_t *down, int use_vectors, uint8_t *out) {
#if defined(__x86_64__)
    // Positions up to 4096 + 4096 pixels fit into 32 bits.
    if (use_vectors && width >= 8 && width <= LONGEST_SIDE && height <= LONGEST_SIDE && __builtin_cpu_supports("avx2")) {
        if (channels == 1) {
            displace_gray_avx2(framed, width, height, across, down, out);
        } else {
            displace_rgb_avx2(framed, width, height, across, down, out);
        }
        return;
    }
#endif
    const int64_t stride = frame_stride(width, channels);
    const uint8_t *origin = frame_origin(framed, width, channels);
    for (int32_t oy = 0; oy < height; oy++) {
        for (int32_t ox = 0; ox < width; ox++, across++, down++, out += channels) {
            sample(origin, stride, width, height, channels, ((int64_t)ox << 16) + *across,
                   ((int64_t)oy << 16) + *down, out);
        }
    }
}
