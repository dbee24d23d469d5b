// Eight codes fill `bits` whole bytes, so eight at a time are squeezed inside one 64-bit word: pairs
// first, then pairs of pairs, then the halves. Swift's code-by-code loops, which explain and judge this,
// are PackedCodes.packedReference and unpackedReference.
#include "nibble_packing.h"

#include <string.h>

#include "nibble_clones.h"

// The word whose lowest byte is the first of eight; bytes of memory in order, whatever the processor.
NIBBLE_INLINE uint64_t little(uint64_t word) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  return __builtin_bswap64(word);
#else
  return word;
#endif
}

NIBBLE_INLINE uint64_t each_byte(uint8_t byte) { return byte * UINT64_C(0x0101010101010101); }

// Eight codes in the bytes of a word, to 8 * bits neighbouring bits.
NIBBLE_INLINE uint64_t squeezed(uint64_t codes, int bits) {
  codes &= each_byte((uint8_t)((1 << bits) - 1));
  codes = (codes & UINT64_C(0x00FF00FF00FF00FF)) |
          (codes >> 8 & UINT64_C(0x00FF00FF00FF00FF)) << bits;
  codes = (codes & UINT64_C(0x0000FFFF0000FFFF)) |
          (codes >> 16 & UINT64_C(0x0000FFFF0000FFFF)) << 2 * bits;
  return (codes & 0xFFFFFFFF) | codes >> 32 << 4 * bits;
}

// And back, the bits above the codes dropped.
NIBBLE_INLINE uint64_t spread(uint64_t word, int bits) {
  const uint64_t four = (UINT64_C(1) << 4 * bits) - 1, two = (UINT64_C(1) << 2 * bits) - 1,
                 one = (UINT64_C(1) << bits) - 1;
  word = (word & four) | (word >> 4 * bits & four) << 32;
  word = (word & two * UINT64_C(0x100000001)) |
         (word >> 2 * bits & two * UINT64_C(0x100000001)) << 16;
  return (word & one * UINT64_C(0x0001000100010001)) |
         (word >> bits & one * UINT64_C(0x0001000100010001)) << 8;
}

// A code's highest bit, carried up through its byte, eight at a time.
NIBBLE_INLINE uint64_t signed_codes(uint64_t codes, int bits) {
  const uint64_t signs = codes >> (bits - 1) & each_byte(1);
  return codes | signs * (uint8_t)(0xFF << bits);
}

NIBBLE_INLINE uint64_t packed_word(uint64_t codes, int bits, int highest_first) {
  if (!highest_first) return squeezed(codes, bits);
  // The first code in the highest bits: turn the eight around, and the bytes once more.
  return __builtin_bswap64(squeezed(__builtin_bswap64(codes), bits) << (64 - 8 * bits));
}

NIBBLE_INLINE uint64_t unpacked_word(uint64_t bytes, int bits, int highest_first) {
  if (!highest_first) return spread(bytes, bits);
  return __builtin_bswap64(spread(__builtin_bswap64(bytes) >> (64 - 8 * bits), bits));
}

// `bits` is known where this melts into its callers, so that every shift is a constant.
NIBBLE_INLINE void pack_rows(const uint8_t *codes, ptrdiff_t rows, ptrdiff_t columns, int bits,
                             int highest_first, uint8_t *bytes) {
  const ptrdiff_t row_bytes = (columns * bits + 7) / 8;
  for (ptrdiff_t row = 0; row < rows; row++) {
    const uint8_t *source = codes + row * columns;
    uint8_t *target = bytes + row * row_bytes;
    ptrdiff_t column = 0;
    for (; column + 8 <= columns; column += 8, target += bits) {
      uint64_t word;
      memcpy(&word, source + column, 8);
      word = little(packed_word(little(word), bits, highest_first));
      // Exactly these bytes: eight at once, the next word over the rest, was miscompiled when the loop
      // was vectorized (clang 21, one bit).
      memcpy(target, &word, (size_t)bits);
    }
    const ptrdiff_t rest = columns - column;
    if (rest > 0) {
      uint64_t word = 0;
      memcpy(&word, source + column, (size_t)rest);
      word = little(packed_word(little(word), bits, highest_first));
      memcpy(target, &word, (size_t)((rest * bits + 7) / 8));
    }
  }
}

NIBBLE_INLINE void unpack_rows(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t columns, int bits,
                               int highest_first, int is_signed, uint8_t *codes) {
  const ptrdiff_t row_bytes = (columns * bits + 7) / 8;
  const uint8_t *const end = bytes + rows * row_bytes;
  for (ptrdiff_t row = 0; row < rows; row++) {
    const uint8_t *source = bytes + row * row_bytes;
    uint8_t *target = codes + row * columns;
    ptrdiff_t column = 0;
    for (; column + 8 <= columns && end - source >= 8; column += 8, source += bits) {
      uint64_t word;
      memcpy(&word, source, 8);
      word = unpacked_word(little(word), bits, highest_first);
      word = little(is_signed ? signed_codes(word, bits) : word);
      memcpy(target + column, &word, 8);
    }
    for (; column < columns; column += 8, source += bits) {  // the ends of rows and of all bytes
      const ptrdiff_t count = columns - column < 8 ? columns - column : 8;
      uint64_t word = 0;
      memcpy(&word, source, (size_t)((count * bits + 7) / 8));
      word = unpacked_word(little(word), bits, highest_first);
      word = little(is_signed ? signed_codes(word, bits) : word);
      memcpy(target + column, &word, (size_t)count);
    }
  }
}

#define NIBBLE_EACH_WIDTH(call) \
  switch (bits) {               \
    case 1: call(1); break;     \
    case 2: call(2); break;     \
    case 3: call(3); break;     \
    case 4: call(4); break;     \
    case 5: call(5); break;     \
    case 6: call(6); break;     \
    case 7: call(7); break;     \
    case 8: call(8); break;     \
  }

NIBBLE_CLONES
void nibble_packing_pack(const uint8_t *codes, ptrdiff_t rows, ptrdiff_t columns, int bits,
                         int highest_first, uint8_t *bytes) {
  if (highest_first) {
#define NIBBLE_PACK(width) pack_rows(codes, rows, columns, width, 1, bytes)
    NIBBLE_EACH_WIDTH(NIBBLE_PACK)
#undef NIBBLE_PACK
  } else {
#define NIBBLE_PACK(width) pack_rows(codes, rows, columns, width, 0, bytes)
    NIBBLE_EACH_WIDTH(NIBBLE_PACK)
#undef NIBBLE_PACK
  }
}

NIBBLE_CLONES
void nibble_packing_unpack(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t columns, int bits,
                           int highest_first, int is_signed, uint8_t *codes) {
  if (highest_first) {
#define NIBBLE_UNPACK(width) unpack_rows(bytes, rows, columns, width, 1, is_signed, codes)
    NIBBLE_EACH_WIDTH(NIBBLE_UNPACK)
#undef NIBBLE_UNPACK
  } else {
#define NIBBLE_UNPACK(width) unpack_rows(bytes, rows, columns, width, 0, is_signed, codes)
    NIBBLE_EACH_WIDTH(NIBBLE_UNPACK)
#undef NIBBLE_UNPACK
  }
}

NIBBLE_CLONES
ptrdiff_t nibble_packing_misfit(const uint8_t *codes, ptrdiff_t count, int bits, int is_signed) {
  // Moved up by half the range, codes of two's complement count from 0 as well.
  const uint8_t shift = is_signed ? (uint8_t)(1 << (bits - 1)) : 0;
  const uint8_t above = (uint8_t)(0xFF << bits);
  const ptrdiff_t run = 4096;
  for (ptrdiff_t start = 0; start < count; start += run) {
    const ptrdiff_t end = count - start < run ? count : start + run;
    uint8_t outside = 0;
    for (ptrdiff_t i = start; i < end; i++) outside |= (uint8_t)(codes[i] + shift) & above;
    if (!outside) continue;
    for (ptrdiff_t i = start; i < end; i++) {
      if ((uint8_t)(codes[i] + shift) & above) return i;
    }
  }
  return -1;
}
