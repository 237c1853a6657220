// The system headers that CDeflate exposes to Swift.
#include <libdeflate.h>
