#include "nibble_minifloat.h"

#include "nibble_clones.h"
#include "nibble_rounding.h"

#pragma STDC FP_CONTRACT OFF

NIBBLE_CLONES
void nibble_minifloat_encode(const float *values, ptrdiff_t count, float scale,
                             const nibble_minifloat *format, uint8_t *codes) {
  const int32_t shift = 23 - format->mantissa_bits, sign_shift = format->sign_shift;
  const int32_t smallest_exponent = 1 - format->bias;  // of a normal number
  const float smallest_normal = float_of((smallest_exponent + 127) << 23);
  // One over the distance between subnormals, a power of two.
  const float subnormal_steps = float_of((127 - smallest_exponent + format->mantissa_bits) << 23);
  const int32_t rebias = (127 - format->bias) << format->mantissa_bits;
  const int32_t half = (1 << (shift - 1)) - 1;
  const float largest = format->largest;

  for (ptrdiff_t i = 0; i < count; i++) {
    const float quotient = values[i] / scale;
    const int32_t bits = bits_of(quotient);
    float magnitude = float_of(bits & 0x7FFFFFFF);
    magnitude = largest < magnitude ? largest : magnitude;

    const int32_t word = bits_of(magnitude);
    const int32_t normal = ((word + half + ((word >> shift) & 1)) >> shift) - rebias;
    const float clipped = magnitude < smallest_normal ? magnitude : smallest_normal;
    const int32_t subnormal = bits_of(clipped * subnormal_steps + rounder) - rounder_bits;

    const int32_t code = magnitude < smallest_normal ? subnormal : normal;
    codes[i] = (uint8_t)(code | (int32_t)((uint32_t)bits >> 31) << sign_shift);
  }
}
