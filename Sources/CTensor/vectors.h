// Compiles a function for AVX-512, for AVX2 with FMA and for any machine, and picks one when it is called. Their
// results may differ in the last bit, as those of any two builds of a floating-point loop.
//
// Without a least width of 512 bits, the compiler splits vectors of sixteen floats in two, also for AVX-512.

#ifndef PREP_VECTORS_H
#define PREP_VECTORS_H

#include "CProcessor.h"

// For functions that such functions call: they must be compiled into each of them.
#define INLINE static inline __attribute__((always_inline))

// Defines `name`, with its parameters in parentheses, which calls the inline function `body`.
#define BY_PROCESSOR(name, parameters, body, ...)                                                                  \
    BY_CALL(name, parameters, (__VA_ARGS__), body(__VA_ARGS__), body(__VA_ARGS__), body(__VA_ARGS__))

// The same with a call for each kind of processor.
#if defined(__x86_64__)
#define BY_CALL(name, parameters, arguments, avx512, avx2, plain)                                                  \
    __attribute__((target("arch=x86-64-v4"), min_vector_width(512))) static void name##_avx512 parameters {        \
        avx512;                                                                                                    \
    }                                                                                                              \
    __attribute__((target("arch=x86-64-v3"))) static void name##_avx2 parameters { avx2; }                         \
    void name parameters {                                                                                         \
        if (processor_has_avx512()) name##_avx512 arguments;                                                       \
        else if (processor_has_avx2()) name##_avx2 arguments;                                                      \
        else plain;                                                                                                \
    }
#else
#define BY_CALL(name, parameters, arguments, avx512, avx2, plain)                                                  \
    void name parameters { plain; }
#endif

#endif
