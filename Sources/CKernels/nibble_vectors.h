// Sixteen floats at a time, in whatever registers the processor has.
//
// For sums whose order does not matter to anybody: lanes add side by side and meet at the end.
#ifndef NIBBLE_VECTORS_H
#define NIBBLE_VECTORS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "nibble_clones.h"

enum { vector_width = 16 };

typedef float vector __attribute__((ext_vector_type(16)));
typedef float vector8 __attribute__((ext_vector_type(8)));
typedef int32_t vector_bits __attribute__((ext_vector_type(16)));
typedef float loose_vector __attribute__((ext_vector_type(16), aligned(4)));

// A helper melts into its kernel and asks for vectors as wide as the processor has.
#if defined(__has_attribute) && __has_attribute(min_vector_width)
#define VECTOR_INLINE NIBBLE_INLINE __attribute__((min_vector_width(512)))
#else
#define VECTOR_INLINE NIBBLE_INLINE
#endif

#define VECTOR_AT(address) ((vector)(*(const loose_vector *)(address)))
#define SET_VECTOR_AT(address, value) (*(loose_vector *)(address) = (loose_vector)(value))

// The first `count` < 16 floats at an address, zeros after them. Vectors are handed over by address: by
// value, how they travel would depend on the processor.
VECTOR_INLINE void load_some(const float *source, ptrdiff_t count, vector *result) {
  vector loaded = 0;
  memcpy(&loaded, source, (size_t)count * sizeof(float));
  *result = loaded;
}

VECTOR_INLINE void store_some(float *target, ptrdiff_t count, const vector *source) {
  memcpy(target, source, (size_t)count * sizeof(float));
}

VECTOR_INLINE float sum_of(const vector *lanes) {
  vector8 half = lanes->lo + lanes->hi;
  __typeof__(half.lo) quarter = half.lo + half.hi;
  return (quarter.x + quarter.z) + (quarter.y + quarter.w);
}

VECTOR_INLINE float largest_of(const vector *lanes) {
  float largest = (*lanes)[0];
  for (int lane = 1; lane < vector_width; lane++)
    largest = (*lanes)[lane] > largest ? (*lanes)[lane] : largest;
  return largest;
}

// e to the power of each lane; a lane below -87 gives e to the -87 (1.6e-38), one above 88 gives e to
// the 88, NaN stays NaN. x = n ln 2 + r with a whole n and |r| <= ln(2)/2, where the series of e^r to
// the seventh power is exact to 5e-9; its terms are rounded, so the result is within 2e-7 of its value.
VECTOR_INLINE void exponentiate(vector *lanes) {
  vector x = *lanes;
  x = x < -87.0f ? (vector)-87.0f : x;
  x = x > 88.0f ? (vector)88.0f : x;
  // Adding 1.5 times two to the 23 leaves the nearest whole number in the lowest bits.
  vector shifted = x * 1.44269504f + 12582912.0f;
  vector whole = shifted - 12582912.0f;
  vector r = x - whole * 0.693359375f;  // ln 2 in two parts; this product is exact
  r = r - whole * -2.12194440e-4f;
  vector series = (vector)(1.0f / 5040);
  series = series * r + 1.0f / 720;
  series = series * r + 1.0f / 120;
  series = series * r + 1.0f / 24;
  series = series * r + 1.0f / 6;
  series = series * r + 0.5f;
  series = series * r + 1.0f;
  series = series * r + 1.0f;
  vector_bits exponent = ((vector_bits)shifted + 127) << 23;
  *lanes = series * (vector)exponent;
}

#endif
