// Asks the processor and the environment once.

#include "CProcessor.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
int processor_has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

static int find_avx512(void) {
    const char *wanted = getenv("PREP_CPU");
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           !(wanted && strcmp(wanted, "avx2") == 0);
}

int processor_has_avx512(void) {
    // Threads that ask at the same time find the same.
    static atomic_int known = -1;
    int found = atomic_load_explicit(&known, memory_order_relaxed);
    if (found < 0) {
        found = find_avx512();
        atomic_store_explicit(&known, found, memory_order_relaxed);
    }
    return found;
}
#else
int processor_has_avx2(void) { return 0; }
int processor_has_avx512(void) { return 0; }
#endif
