// The system header that CTIFF exposes.
#include <tiffio.h>
