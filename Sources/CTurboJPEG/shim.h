// The system headers that CTurboJPEG exposes to Swift.
#include <turbojpeg.h>
