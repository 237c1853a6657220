// Compiles a function twice, for AVX2 and for any machine; the loader picks one.
// No FMA: results must be bit-exact everywhere.

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
#else
#define AVX2_CLONES
#endif

#endif
