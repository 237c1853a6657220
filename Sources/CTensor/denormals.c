// Switches the thread between denormal numbers and zeros in their place.

#include "CTensor.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Flush to zero (bit 15) and denormals are zero (bit 6) of the control register.
uint64_t tensor_flush_denormals(void) {
    unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040);
    return mode;
}

void tensor_restore_denormals(uint64_t mode) { _mm_setcsr((unsigned)mode); }
#elif defined(__aarch64__)
// Flush to zero is bit 24 of FPCR.
uint64_t tensor_flush_denormals(void) {
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | 1 << 24));
    return mode;
}

void tensor_restore_denormals(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
#else
uint64_t tensor_flush_denormals(void) { return 0; }

void tensor_restore_denormals(uint64_t mode) { (void)mode; }
#endif
