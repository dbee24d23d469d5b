#include "nibble_probe.h"

#include "nibble_clones.h"

NIBBLE_CLONES
uint64_t nibble_probe_read(const uint64_t *words, ptrdiff_t count) {
  uint64_t sum = 0;
  for (ptrdiff_t i = 0; i < count; ++i) sum += words[i];
  return sum;
}
