// Compiles a function for AVX-512, for AVX2 with FMA and for any machine, and picks one at load time. Their results
// may differ in the last bit, as those of any two builds of a floating-point loop.

#ifndef PREP_VECTORS_H
#define PREP_VECTORS_H

// The choice is made before a sanitizer's runtime is ready, which would end the process.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define PREP_SANITIZED 1
#endif
#endif

#if defined(__x86_64__) && defined(__linux__) && !defined(PREP_SANITIZED)
#define PREP_CLONES 1
#define VECTORS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORS
#endif

// For functions that such functions call: they must be compiled into each clone.
#define INLINE static inline __attribute__((always_inline))

#endif
