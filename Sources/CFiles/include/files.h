// A file operation that Swift does not see in the C library.

#ifndef FILES_H
#define FILES_H

/// Exchanges two names in open folders in one step: at no moment is either of them missing.
///
/// @return 0, or -1 with the reason in `errno`; EINVAL or ENOSYS where the file system cannot do it
int files_exchange(int folder, const char *name, int other_folder, const char *other_name);

#endif
