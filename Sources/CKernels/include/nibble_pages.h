// Memory that is about to be written for the first time.
#ifndef NIBBLE_PAGES_H
#define NIBBLE_PAGES_H

#include <stddef.h>

// Asks the system for large pages under a buffer that will be written from end to end, where it is so
// large that a page fault every 4 KiB would cost as much as the work. A hint: contents stay as they
// are, and a system that has no large pages does nothing.
void nibble_expect_writes(void *start, ptrdiff_t bytes);

#endif
