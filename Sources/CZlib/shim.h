// The system headers that CZlib exposes to Swift.
#include <zlib.h>
