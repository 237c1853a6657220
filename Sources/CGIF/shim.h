// The system header that CGIF exposes.
#include <gif_lib.h>
