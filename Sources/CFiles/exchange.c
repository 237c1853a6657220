// renameat2 on Linux, called by number because older C libraries lack it; renameatx_np on macOS.

#include "files.h"

#if defined(__APPLE__)
#include <stdio.h>

int files_exchange(int folder, const char *name, int other_folder, const char *other_name) {
    return renameatx_np(folder, name, other_folder, other_name, RENAME_SWAP);
}
#else
#include <sys/syscall.h>
#include <unistd.h>

int files_exchange(int folder, const char *name, int other_folder, const char *other_name) {
    const unsigned int exchange = 1 << 1; // RENAME_EXCHANGE of linux/fs.h
    return (int)syscall(SYS_renameat2, folder, name, other_folder, other_name, exchange);
}
#endif
