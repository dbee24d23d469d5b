// Logarithms and powers of two in float32, to a few units in the last place, written so that loops
// over them vectorize and give the same bits on every processor.
#ifndef NIBBLE_POWERS_H
#define NIBBLE_POWERS_H

#include "nibble_rounding.h"

#pragma STDC FP_CONTRACT OFF  // some processors fuse a product and a sum, some do not

// The binary logarithm of a positive normal value.
NIBBLE_INLINE float binary_logarithm(float value) {
  int32_t bits = bits_of(value);
  int32_t exponent = (bits - 0x3F3504F3) >> 23;  // the rest lies between 1/sqrt 2 and sqrt 2
  float rest = float_of(bits - exponent * (1 << 23));
  float s = (rest - 1) / (rest + 1), s2 = s * s;
  float series = 0.32059890f;          // 2 / (9 ln 2)
  series = series * s2 + 0.41219858f;  // 2 / (7 ln 2)
  series = series * s2 + 0.57707802f;  // 2 / (5 ln 2)
  series = series * s2 + 0.96179669f;  // 2 / (3 ln 2)
  series = series * s2 + 2.88539008f;  // 2 / ln 2
  return (float)exponent + series * s;
}

// 2 to a power, which is first clamped to -126 ... 126.
NIBBLE_INLINE float power_of_two(float power) {
  power = power > -126 ? power : -126;
  power = power < 126 ? power : 126;
  float whole = power + rounder;
  float f = power - (whole - rounder);  // -1/2 to 1/2
  float result = 1.5252734e-5f;         // ln 2 to the k-th over k!, from k = 7
  result = result * f + 1.5403530e-4f;
  result = result * f + 1.3333558e-3f;
  result = result * f + 9.6181291e-3f;
  result = result * f + 5.5504109e-2f;
  result = result * f + 2.4022651e-1f;
  result = result * f + 6.9314718e-1f;
  result = result * f + 1.0f;
  return float_of(bits_of(result) + (bits_of(whole) - rounder_bits) * (1 << 23));
}

#endif
