// Linux's renames that Swift's view of the C library leaves out.
#ifndef NIBBLE_RENAMES_H
#define NIBBLE_RENAMES_H

// Gives two names in one step to each other's files or folders; both exist. No moment has one of them missing.
// Returns 0, or an error number: ENOSYS or EINVAL where the system or the file system cannot do it.
int nibble_exchange_names(const char *first, const char *second);

// Renames, and fails with EEXIST where the new name is in use.
// Returns 0, or an error number, as above.
int nibble_rename_to_free_name(const char *path, const char *name);

#endif
