// Blocks of values against a codebook of 16 levels, the way bitsandbytes stores NF4 and FP4.
#ifndef NIBBLE_CODEBOOK_H
#define NIBBLE_CODEBOOK_H

#include <stddef.h>
#include <stdint.h>

// For every block: a = max |x|, and for every value the number of thresholds (ascending, 15 of them)
// that lie strictly below x / a, sent through `order` to a code. The quotient is x * (1 / max(a,
// 1e-38)) in float32; a last block shorter than the others divides instead. Both, and the tie that
// goes to the lower level, are bitsandbytes' own arithmetic. Returns -1, or the index of the first
// block holding a value that is not finite; blocks from there on are then not written.
ptrdiff_t nibble_codebook16_encode(const float *values, ptrdiff_t count, ptrdiff_t block_size,
                                   const float *thresholds, const uint8_t *order, uint8_t *codes,
                                   float *magnitudes);

// values = magnitude of the block * levels[code].
void nibble_codebook16_decode(const uint8_t *codes, ptrdiff_t count, ptrdiff_t block_size,
                              const float *levels, const float *magnitudes, float *values);

#endif
