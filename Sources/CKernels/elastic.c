// Elastic distortion: random displacements, blurred, and an image sampled where they lead. In integers, up to a last
// product, so that every machine gives the same.

#include "CKernels.h"
#include "clones.h"
#include "sampling.h"

enum { GROUP = 8 };

// Eight blocks of Philox4x32-10 at a time (as SeededRandom): counters `first` to `first` + 7, key as given. Block k's
// words are words[0][k] to words[3][k].
AVX2_CLONES
static void philox(uint32_t first, const uint32_t *key, uint32_t words[4][GROUP]) {
    uint32_t x[GROUP], y[GROUP], z[GROUP], w[GROUP];
    for (int32_t k = 0; k < GROUP; k++) {
        x[k] = first + (uint32_t)k;
        y[k] = z[k] = w[k] = 0;
    }
    uint32_t k0 = key[0], k1 = key[1];
    for (int32_t round = 0; round < 10; round++) {
        for (int32_t k = 0; k < GROUP; k++) {
            uint64_t a = (uint64_t)x[k] * 0xD2511F53u, b = (uint64_t)z[k] * 0xCD9E8D57u;
            x[k] = (uint32_t)(b >> 32) ^ y[k] ^ k0;
            z[k] = (uint32_t)(a >> 32) ^ w[k] ^ k1;
            y[k] = (uint32_t)b;
            w[k] = (uint32_t)a;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    memcpy(words[0], x, sizeof x);
    memcpy(words[1], y, sizeof y);
    memcpy(words[2], z, sizeof z);
    memcpy(words[3], w, sizeof w);
}

void kernels_elastic_noise(const uint32_t *key, size_t count, int16_t *out) {
    uint32_t words[4][GROUP];
    uint32_t block = 0;
    for (size_t start = 0; start < count; start += KERNELS_NOISE, block += GROUP) {
        philox(block, key, words);
        for (int32_t word = 0; word < 4; word++) {
            for (int32_t k = 0; k < GROUP; k++) {
                int16_t *pair = out + start + (size_t)(word * GROUP + k) * 2;
                pair[0] = (int16_t)((int16_t)(uint16_t)words[word][k] >> 1);
                pair[1] = (int16_t)((int16_t)(uint16_t)(words[word][k] >> 16) >> 1);
            }
        }
    }
}

// weights[0] * rows[0] plus weights[k] * (rows[k] + rows[-k]) for k to `radius`, for column x.
static inline int32_t weighted(const int16_t *const *rows, const int16_t *weights, int32_t radius, int32_t x) {
    int32_t sum = rows[0][x] * weights[0];
    for (int32_t k = 1; k <= radius; k++) sum += (rows[k][x] + rows[-k][x]) * weights[k];
    return sum;
}

static void weigh_plain(const int16_t *const *rows, const int16_t *weights, int32_t radius, int32_t count,
                        int32_t *out) {
    for (int32_t x = 0; x < count; x++) out[x] = weighted(rows, weights, radius, x);
}

#if defined(__x86_64__)
// Sixteen columns at a time, two rows and their opposites per multiply-add. Values have 15 bits, so that two fit 16.
__attribute__((target("avx2"))) static inline void
weigh_sixteen(const int16_t *const *rows, const int16_t *weights, int32_t radius, int32_t x, int32_t *out) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i centre = _mm256_loadu_si256((const __m256i *)(rows[0] + x)), weight = _mm256_set1_epi32(weights[0]);
    __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(centre, zero), weight);
    __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(centre, zero), weight);
    for (int32_t k = 1; k <= radius; k += 2) {
        // A weight past the last is zero, and its rows are those of the last.
        int32_t next = k < radius ? k + 1 : k;
        __m256i one = _mm256_add_epi16(_mm256_loadu_si256((const __m256i *)(rows[k] + x)),
                                       _mm256_loadu_si256((const __m256i *)(rows[-k] + x)));
        __m256i two = _mm256_add_epi16(_mm256_loadu_si256((const __m256i *)(rows[next] + x)),
                                       _mm256_loadu_si256((const __m256i *)(rows[-next] + x)));
        int32_t pair = (uint16_t)weights[k] | (k < radius ? (int32_t)weights[next] << 16 : 0);
        weight = _mm256_set1_epi32(pair);
        low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(one, two), weight));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(one, two), weight));
    }
    _mm256_storeu_si256((__m256i *)out, _mm256_permute2x128_si256(low, high, 0x20));
    _mm256_storeu_si256((__m256i *)(out + 8), _mm256_permute2x128_si256(low, high, 0x31));
}

__attribute__((target("avx2"))) static void
weigh_avx2(const int16_t *const *rows, const int16_t *weights, int32_t radius, int32_t count, int32_t *out) {
    for (int32_t column = 0; column < count; column += 16) {
        // The last sixteen end at the last column, even if some are computed twice.
        int32_t x = column + 16 <= count ? column : count - 16;
        weigh_sixteen(rows, weights, radius, x, out + x);
    }
}
#endif

static void weigh(const int16_t *const *rows, const int16_t *weights, int32_t radius, int32_t count,
                  int use_vectors, int32_t *out) {
#if defined(__x86_64__)
    if (use_vectors && count >= 16 && __builtin_cpu_supports("avx2")) {
        weigh_avx2(rows, weights, radius, count, out);
        return;
    }
#endif
    weigh_plain(rows, weights, radius, count, out);
}

// An index outside 0..<count, mirrored at the first and last element, which are not repeated.
static inline int32_t mirror(int32_t index, int32_t count) {
    if (count == 1) return 0;
    int32_t period = 2 * (count - 1);
    index %= period;
    if (index < 0) index += period;
    return index < count ? index : period - index;
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
    const int16_t **middle = rows + radius;
    for (int32_t k = -radius; k <= radius; k++) middle[k] = margin + radius + k;
    for (int32_t y = 0; y < height; y++) {
        int16_t *row = noise + (size_t)y * width;
        memcpy(margin + radius, row, (size_t)width * sizeof *row);
        for (int32_t k = 1; k <= radius; k++) {
            margin[radius - k] = row[mirror(-k, width)];
            margin[radius + width - 1 + k] = row[mirror(width - 1 + k, width)];
        }
        weigh(middle, weights, radius, width, use_vectors, out);
        round_row(out, width, row);
    }
    for (int32_t y = 0; y < height; y++) {
        for (int32_t k = -radius; k <= radius; k++) middle[k] = noise + (size_t)mirror(y + k, height) * width;
        int32_t *row = out + (size_t)y * width;
        weigh(middle, weights, radius, width, use_vectors, row);
        scale_row(row, width, scale, row);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static inline void
displace_avx2(const uint8_t *padded, int32_t width, int32_t height, int32_t channels, const int32_t *across,
              const int32_t *down, uint8_t *out) {
    const int32_t stride = (width + 3) * channels;
    const uint8_t *origin = padded + stride + channels;
    const __m256i lanes = _mm256_slli_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), 16);
    for (int32_t oy = 0; oy < height; oy++, across += width, down += width) {
        uint8_t *row = out + (size_t)oy * width * channels;
        for (int32_t column = 0; column < width; column += 8) {
            int32_t ox = column + 8 <= width ? column : width - 8;
            __m256i x = _mm256_add_epi32(_mm256_set1_epi32(ox << 16), lanes);
            x = _mm256_add_epi32(x, _mm256_loadu_si256((const __m256i *)(across + ox)));
            __m256i y = _mm256_loadu_si256((const __m256i *)(down + ox));
            y = _mm256_add_epi32(_mm256_set1_epi32(oy << 16), y);
            positions at = locate(x, y, width, height, stride, channels);
            sample_eight(origin, stride, width, channels, &at, ox, row);
        }
    }
}

__attribute__((target("avx2"))) static void
displace_gray_avx2(const uint8_t *padded, int32_t width, int32_t height, const int32_t *across,
                   const int32_t *down, uint8_t *out) {
    displace_avx2(padded, width, height, 1, across, down, out);
}

__attribute__((target("avx2"))) static void
displace_rgb_avx2(const uint8_t *padded, int32_t width, int32_t height, const int32_t *across,
                  const int32_t *down, uint8_t *out) {
    displace_avx2(padded, width, height, 3, across, down, out);
}
#endif

void kernels_displace(const uint8_t *padded, int32_t width, int32_t height, int32_t channels,
                      const int32_t *across, const int32_t *down, int use_vectors, uint8_t *out) {
#if defined(__x86_64__)
    // Positions up to 4096 + 4096 pixels fit into 32 bits.
    if (use_vectors && width >= 8 && width <= 4096 && height <= 4096 && __builtin_cpu_supports("avx2")) {
        if (channels == 1) {
            displace_gray_avx2(padded, width, height, across, down, out);
        } else {
            displace_rgb_avx2(padded, width, height, across, down, out);
        }
        return;
    }
#endif
    const int64_t stride = ((int64_t)width + 3) * channels;
    const uint8_t *origin = padded + stride + channels;
    for (int32_t oy = 0; oy < height; oy++) {
        for (int32_t ox = 0; ox < width; ox++, across++, down++, out += channels) {
            sample(origin, stride, width, height, channels, ((int64_t)ox << 16) + *across,
                   ((int64_t)oy << 16) + *down, out);
        }
    }
}
