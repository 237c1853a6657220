// The system headers that CZstd exposes to Swift.
#include <zstd.h>
