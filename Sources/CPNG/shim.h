// The system header that CPNG exposes.
#include <png.h>
