// What the machine itself can do, measured in the same run as what is compared with it.
#ifndef NIBBLE_PROBE_H
#define NIBBLE_PROBE_H

#include <stddef.h>
#include <stdint.h>

// Reads every word once and returns their sum: memory read bandwidth, nothing else.
uint64_t nibble_probe_read(const uint64_t *words, ptrdiff_t count);

// Where large blocks of memory come from, for a measurement that must know: from what was given back
// before (reused != 0), or from the system, untouched, every time. Where the C library is not glibc,
// nothing changes.
void nibble_probe_memory(int32_t reused);

#endif
