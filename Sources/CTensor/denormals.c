// Numbers too small to matter.

#include "CTensor.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Flush to zero (bit 15) and denormals are zero (bit 6) of the control register.
void tensor_flush_denormals(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
#elif defined(__aarch64__)
// Flush to zero is bit 24 of FPCR.
void tensor_flush_denormals(void) {
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"(control | 1 << 24));
}
#else
void tensor_flush_denormals(void) {}
#endif
