// Dropout masks from Philox: the numbers of Dataset's SeededRandom, many blocks at once.

#include "CTensor.h"
#include "vectors.h"

enum { GROUP = 64 };

// The ten rounds for GROUP consecutive blocks; words[w][b] is word w of block first + b.
INLINE void
philox(uint64_t key, uint64_t sample, uint32_t first, uint32_t words[4][GROUP]) {
    for (int b = 0; b < GROUP; b++) {
        uint32_t x = first + (uint32_t)b, y = 0, z = (uint32_t)sample, w = (uint32_t)(sample >> 32);
        uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
        for (int round = 0; round < 10; round++) {
            uint64_t a = (uint64_t)x * 0xD2511F53u, c = (uint64_t)z * 0xCD9E8D57u;
            x = (uint32_t)(c >> 32) ^ y ^ k0;
            y = (uint32_t)c;
            z = (uint32_t)(a >> 32) ^ w ^ k1;
            w = (uint32_t)a;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        words[0][b] = x;
        words[1][b] = y;
        words[2][b] = z;
        words[3][b] = w;
    }
}

INLINE void dropout_mask_body(uint64_t key, uint64_t sample, uint32_t threshold, uint8_t *mask, size_t count) {
    const size_t blocks = (count + 7) / 8;
    uint32_t words[4][GROUP];
    for (size_t first = 0; first < blocks; first += GROUP) {
        philox(key, sample, (uint32_t)first, words);
        for (size_t part = 0; part < 8; part++) {
            const size_t start = part * blocks + first;
            if (start >= count) continue;
            size_t length = blocks - first < GROUP ? blocks - first : GROUP;
            if (length > count - start) length = count - start;
            const uint32_t *word = words[part / 2];
            const int shift = (int)(part % 2) * 16;
            for (size_t b = 0; b < length; b++)
                mask[start + b] = ((word[b] >> shift) & 0xFFFF) >= threshold ? 255 : 0;
        }
    }
}

BY_PROCESSOR(tensor_dropout_mask, (uint64_t key, uint64_t sample, uint32_t threshold, uint8_t *mask, size_t count),
             dropout_mask_body, key, sample, threshold, mask, count)

INLINE void apply_mask_body(float *restrict x, const uint8_t *restrict mask, float scale, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = mask[i] ? x[i] * scale : 0;
}

BY_PROCESSOR(tensor_apply_mask, (float *restrict x, const uint8_t *restrict mask, float scale, size_t count),
             apply_mask_body, x, mask, scale, count)
