#define _DEFAULT_SOURCE
#include "nibble_pages.h"

#include <stdint.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { large_page = 2 << 20 };

void nibble_expect_writes(void *start, ptrdiff_t bytes) {
#if defined(MADV_HUGEPAGE)
  // Only whole pages inside the buffer: its neighbours are somebody else's.
  const uintptr_t first = ((uintptr_t)start + large_page - 1) & ~(uintptr_t)(large_page - 1);
  const uintptr_t last = ((uintptr_t)start + (uintptr_t)bytes) & ~(uintptr_t)(large_page - 1);
  if (bytes > 0 && first < last) madvise((void *)first, last - first, MADV_HUGEPAGE);
#else
  (void)start;
  (void)bytes;
#endif
}
