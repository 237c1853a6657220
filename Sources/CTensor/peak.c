// How many multiply-adds a core can do: what benchmarks measure training against.

#include "CTensor.h"

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx512f"))) static float peak_512(size_t iterations) {
    __m512 sums[24];
    for (int i = 0; i < 24; i++) sums[i] = _mm512_set1_ps((float)i);
    const __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(0.001f);
    for (size_t n = 0; n < iterations; n++)
#pragma clang loop unroll(full)
        for (int i = 0; i < 24; i++) sums[i] = _mm512_fmadd_ps(sums[i], x, y);
    for (int i = 1; i < 24; i++) sums[0] = _mm512_add_ps(sums[0], sums[i]);
    return _mm512_reduce_add_ps(sums[0]);
}

__attribute__((target("avx2,fma"))) static float peak_256(size_t iterations) {
    __m256 sums[12];
    for (int i = 0; i < 12; i++) sums[i] = _mm256_set1_ps((float)i);
    const __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(0.001f);
    for (size_t n = 0; n < iterations; n++)
#pragma clang loop unroll(full)
        for (int i = 0; i < 12; i++) sums[i] = _mm256_fmadd_ps(sums[i], x, y);
    for (int i = 1; i < 12; i++) sums[0] = _mm256_add_ps(sums[0], sums[i]);
    return _mm256_cvtss_f32(sums[0]);
}
#endif

double tensor_multiply_add_peak(size_t iterations) {
    volatile float keep = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) {
        keep = peak_512(iterations);
        return (double)iterations * 24 * 16 * 2 + 0 * keep;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        keep = peak_256(iterations);
        return (double)iterations * 12 * 8 * 2 + 0 * keep;
    }
#endif
    float sums[16] = {0};
    for (size_t n = 0; n < iterations; n++)
        for (int i = 0; i < 16; i++) sums[i] = sums[i] * 0.999f + 0.001f;
    for (int i = 0; i < 16; i++) keep += sums[i];
    return (double)iterations * 16 * 2;
}
