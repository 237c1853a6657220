// Compiles a function twice, for AVX2 and for any machine, and picks at load time.
// No FMA: results must be bit-exact everywhere.

#ifndef PREP_CLONES_H
#define PREP_CLONES_H

#if defined(__x86_64__) && defined(__linux__)
#define AVX2_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define AVX2_CLONES
#endif

#endif
