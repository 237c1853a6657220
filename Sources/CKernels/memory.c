// malloc_trim, which Swift's Glibc module does not offer.

#include "CKernels.h"

#if defined(__linux__)
#include <malloc.h>
#endif

void kernels_return_freed_memory(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
