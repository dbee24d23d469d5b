// Six-bit scales in twelve bytes, both ways they are packed.
#ifndef NIBBLE_SUPERBLOCK_SCALES_H
#define NIBBLE_SUPERBLOCK_SCALES_H

#include <stdint.h>
#include <string.h>

#include "nibble_clones.h"

// Q4_K and Q5_K: eight scales and eight minima. The first four of each lie whole, the low halves of
// the others share four bytes, and their upper two bits lie above the first four.
NIBBLE_INLINE void pack_six_bits(const uint8_t *scales, const uint8_t *minima, uint8_t *bytes) {
  for (int32_t j = 0; j < 4; j++) {
    bytes[j] = (uint8_t)(scales[j] | (scales[j + 4] >> 4) << 6);
    bytes[j + 4] = (uint8_t)(minima[j] | (minima[j + 4] >> 4) << 6);
    bytes[j + 8] = (uint8_t)((scales[j + 4] & 15) | (minima[j + 4] & 15) << 4);
  }
}

NIBBLE_INLINE void unpack_six_bits(const uint8_t *bytes, uint8_t *scales, uint8_t *minima) {
  for (int32_t j = 0; j < 4; j++) {
    scales[j] = bytes[j] & 63;
    minima[j] = bytes[j + 4] & 63;
    scales[j + 4] = (uint8_t)((bytes[j + 8] & 15) | bytes[j] >> 6 << 4);
    minima[j + 4] = (uint8_t)(bytes[j + 8] >> 4 | bytes[j + 4] >> 6 << 4);
  }
}

// The same as two words of eight bytes: by whole numbers, four codes at a time, for which a processor has
// units that vectors do not use.
NIBBLE_INLINE void unpack_six_bits_to_words(const uint8_t *bytes, uint64_t *scales,
                                            uint64_t *minima) {
  uint32_t first, second, third;
  memcpy(&first, bytes, sizeof first);
  memcpy(&second, bytes + 4, sizeof second);
  memcpy(&third, bytes + 8, sizeof third);
  const uint32_t later_scales = (third & 0x0F0F0F0F) | (first >> 2 & 0x30303030);
  const uint32_t later_minima = (third >> 4 & 0x0F0F0F0F) | (second >> 2 & 0x30303030);
  *scales = (first & 0x3F3F3F3F) | (uint64_t)later_scales << 32;
  *minima = (second & 0x3F3F3F3F) | (uint64_t)later_minima << 32;
}

// Q3_K: sixteen scales, 32 added. Low halves in eight bytes, then the upper two bits in four.
NIBBLE_INLINE void pack_signed_six_bits(const int8_t *scales, uint8_t *bytes) {
  for (int32_t j = 0; j < 12; j++) bytes[j] = 0;
  for (int32_t j = 0; j < 16; j++) {
    const int32_t code = scales[j] + 32;
    bytes[j % 8] |= (uint8_t)((code & 15) << (j / 8 * 4));
    bytes[8 + j % 4] |= (uint8_t)((code >> 4) << (j / 4 * 2));
  }
}

NIBBLE_INLINE int32_t signed_six_bits(const uint8_t *bytes, int32_t j) {
  const int32_t low = bytes[j % 8] >> (j / 8 * 4) & 15;
  return (low | (bytes[8 + j % 4] >> (j / 4 * 2) & 3) << 4) - 32;
}

#endif
