// The system headers that CArchive exposes to Swift.
#include <archive.h>
#include <archive_entry.h>
