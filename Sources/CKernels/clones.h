// Compiles a function twice, for AVX2 and for any machine; the loader picks one.
// AVX2_CLONES have no FMA: results must be bit-exact everywhere. FMA_CLONES are for bounds, which need not be.

#ifndef PREP_CLONES_H
#define PREP_CLONES_H

// With a sanitizer, picking crashes, because it happens before the sanitizer's runtime is ready.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define PREP_SANITIZED 1
#endif
#endif

#if defined(__x86_64__) && defined(__linux__) && !defined(PREP_SANITIZED)
#define AVX2_CLONES __attribute__((target_clones("avx2", "default")))
#define FMA_CLONES __attribute__((target_clones("fma", "default")))
#else
#define AVX2_CLONES
#define FMA_CLONES
#endif

#endif
