// Floats as their bits, and rounding by addition: what several loops share.
#ifndef NIBBLE_ROUNDING_H
#define NIBBLE_ROUNDING_H

#include <stdint.h>
#include <string.h>

#include "nibble_clones.h"

// 1.5 * 2^23: adding it to |v| < 2^22 leaves round-half-to-even(v) in the low bits of the sum.
static const float rounder = 12582912.0f;
static const int32_t rounder_bits = 0x4B400000;

NIBBLE_INLINE float float_of(int32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

NIBBLE_INLINE int32_t bits_of(float value) {
  int32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

#endif
