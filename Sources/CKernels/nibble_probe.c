#include "nibble_probe.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "nibble_clones.h"

NIBBLE_CLONES
uint64_t nibble_probe_read(const uint64_t *words, ptrdiff_t count) {
  uint64_t sum = 0;
  for (ptrdiff_t i = 0; i < count; ++i) sum += words[i];
  return sum;
}

void nibble_probe_memory(int32_t reused) {
#if defined(__GLIBC__)
  // Blocks above the first limit are mapped anew; up to the second, what is free stays ours.
  mallopt(M_MMAP_THRESHOLD, reused ? 32 << 20 : 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  if (!reused) malloc_trim(0);
#else
  (void)reused;
#endif
}
