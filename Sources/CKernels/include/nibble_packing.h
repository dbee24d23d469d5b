// Codes of 1 to 8 bits, one a byte, into rows without bits between them, and back.
#ifndef NIBBLE_PACKING_H
#define NIBBLE_PACKING_H

#include <stddef.h>
#include <stdint.h>

// Where the first code is that `bits` cannot hold, two's complement where `is_signed`; -1 for none.
ptrdiff_t nibble_packing_misfit(const uint8_t *codes, ptrdiff_t count, int bits, int is_signed);

// Each row of `columns` codes becomes a stream of bits, filled up to a byte with zeros. `highest_first`
// fills each byte from its highest bit. Bits of a code above its width are dropped.
void nibble_packing_pack(const uint8_t *codes, ptrdiff_t rows, ptrdiff_t columns, int bits,
                         int highest_first, uint8_t *bytes);

// The codes again; where `is_signed` the highest bit of each is carried up.
void nibble_packing_unpack(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t columns, int bits,
                           int highest_first, int is_signed, uint8_t *codes);

#endif
