// malloc_trim, which Swift's Glibc module does not offer.

#include "CKernels.h"

#if defined(__linux__)
#include <malloc.h>
#endif

#ifndef __has_feature
#define __has_feature(name) 0
#endif

void kernels_return_freed_memory(void) {
// Sanitizers have an allocator of their own: glibc's is unused then, and its first use, by two threads at once, crashes.
#if defined(__GLIBC__) && !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)
    malloc_trim(0);
#endif
}
