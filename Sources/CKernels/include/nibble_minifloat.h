// Casts to small floating-point formats: E4M3, E5M2, E2M1 and their like.
#ifndef NIBBLE_MINIFLOAT_H
#define NIBBLE_MINIFLOAT_H

#include <stddef.h>
#include <stdint.h>

// A format of one sign bit, then exponent, then mantissa.
typedef struct {
  int32_t mantissa_bits;
  int32_t bias;
  int32_t sign_shift;  // where the sign bit goes in the code
  float largest;       // magnitudes above it become it
} nibble_minifloat;

// code = the format's bits of value / scale: nearest, ties to even, too large becomes the largest.
// A negative value that rounds to zero keeps its sign. Values are finite and the scale is positive.
void nibble_minifloat_encode(const float *values, ptrdiff_t count, float scale,
                             const nibble_minifloat *format, uint8_t *codes);

#endif
