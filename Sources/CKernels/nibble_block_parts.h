// Half-precision numbers among a block's bytes.
#ifndef NIBBLE_BLOCK_PARTS_H
#define NIBBLE_BLOCK_PARTS_H

#include "nibble_rounding.h"

// The pattern nearest to a value, ties to even, infinity beyond the range.
NIBBLE_INLINE uint16_t half_bits_of(float value) {
  const uint32_t bits = (uint32_t)bits_of(value), magnitude = bits & 0x7FFFFFFF;
  const uint32_t payload = ((magnitude >> 13) & 0x03FF) | 0x0200;
  const uint32_t large = magnitude > 0x7F800000 ? 0x7C00 | payload : 0x7C00;
  const uint32_t small = (uint32_t)bits_of(float_of((int32_t)magnitude) + 0.5f) - (126u << 23);
  const uint32_t normal = (magnitude - (112u << 23) + 0x0FFF + ((magnitude >> 13) & 1)) >> 13;
  const uint32_t half =
      magnitude >= 143u << 23 ? large : magnitude < 113u << 23 ? small : normal;
  return (uint16_t)((bits >> 16 & 0x8000) | half);
}

// The number that the two bytes at an address stand for.
NIBBLE_INLINE float half_at(const uint8_t *bytes) {
  uint16_t half;
  memcpy(&half, bytes, sizeof half);
  const int32_t magnitude = (half & 0x7FFF) << 13, exponent = magnitude & 0x0F800000;
  const int32_t normal = magnitude + (exponent == 0x0F800000 ? 224 << 23 : 112 << 23);
  const int32_t subnormal =
      bits_of(float_of(magnitude + (113 << 23)) - float_of(113 << 23));
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  return float_of((int32_t)((uint32_t)(exponent == 0 ? subnormal : normal) | sign));
}

#endif
