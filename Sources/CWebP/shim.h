// The system headers that CWebP exposes.
#include <webp/decode.h>
#include <webp/demux.h>
