#define _GNU_SOURCE
#include "nibble_renames.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#if defined(RENAME_EXCHANGE) && defined(RENAME_NOREPLACE)

static int renamed(const char *path, const char *name, unsigned flags) {
  return renameat2(AT_FDCWD, path, AT_FDCWD, name, flags) == 0 ? 0 : errno;
}

int nibble_exchange_names(const char *first, const char *second) {
  return renamed(first, second, RENAME_EXCHANGE);
}

int nibble_rename_to_free_name(const char *path, const char *name) {
  return renamed(path, name, RENAME_NOREPLACE);
}

#else

int nibble_exchange_names(const char *first, const char *second) {
  (void)first;
  (void)second;
  return ENOSYS;
}

int nibble_rename_to_free_name(const char *path, const char *name) {
  (void)path;
  (void)name;
  return ENOSYS;
}

#endif
