#include "nibble_codebook.h"

#include <string.h>

#include "nibble_clones.h"

#pragma STDC FP_CONTRACT OFF

typedef int32_t __attribute__((may_alias)) float_bits;

NIBBLE_INLINE int magnitude_of(const float *values, ptrdiff_t count, float *magnitude) {
  const float_bits *restrict bits = (const float_bits *)values;
  int32_t most = 0;
  for (ptrdiff_t i = 0; i < count; i++) {
    int32_t word = bits[i] & 0x7FFFFFFF;
    most = word > most ? word : most;
  }
  memcpy(magnitude, &most, sizeof most);
  return most < 0x7F800000;
}

// The code as a sum: each threshold that lies below adds its difference to the code before.
NIBBLE_INLINE int32_t code_of(float value, const float thresholds[15], const int32_t steps[16]) {
  int32_t code = steps[0];
#pragma clang loop unroll(full)
  for (int level = 0; level < 15; level++)
    code += thresholds[level] < value ? steps[level + 1] : 0;
  return code;
}

NIBBLE_CLONES
ptrdiff_t nibble_codebook16_encode(const float *values, ptrdiff_t count, ptrdiff_t block_size,
                                   const float *thresholds, const uint8_t *order, uint8_t *codes,
                                   float *magnitudes) {
  float bounds[15];
  int32_t steps[16];
  memcpy(bounds, thresholds, sizeof bounds);
  steps[0] = order[0];
  for (int level = 1; level < 16; level++) steps[level] = order[level] - order[level - 1];

  const ptrdiff_t blocks = (count + block_size - 1) / block_size;
  for (ptrdiff_t block = 0; block < blocks; block++) {
    const float *restrict run = values + block * block_size;
    uint8_t *restrict result = codes + block * block_size;
    const ptrdiff_t left = count - block * block_size;
    const ptrdiff_t length = left < block_size ? left : block_size;
    float magnitude;
    if (!magnitude_of(run, length, &magnitude)) return block;

    const float divisor = magnitude > 1e-38f ? magnitude : 1e-38f;
    // A last, shorter block keeps what it was divided by; a whole one keeps its magnitude.
    magnitudes[block] = length == block_size ? magnitude : divisor;
    if (length == block_size) {
      const float factor = 1.0f / divisor;
      for (ptrdiff_t i = 0; i < length; i++)
        result[i] = (uint8_t)code_of(run[i] * factor, bounds, steps);
    } else {
      for (ptrdiff_t i = 0; i < length; i++)
        result[i] = (uint8_t)code_of(run[i] / divisor, bounds, steps);
    }
  }
  return -1;
}

NIBBLE_CLONES
void nibble_codebook16_decode(const uint8_t *codes, ptrdiff_t count, ptrdiff_t block_size,
                              const float *levels, const float *magnitudes, float *values) {
  for (ptrdiff_t start = 0, block = 0; start < count; start += block_size, block++) {
    const ptrdiff_t left = count - start;
    const ptrdiff_t length = left < block_size ? left : block_size;
    const float magnitude = magnitudes[block];
    for (ptrdiff_t i = start; i < start + length; i++)
      values[i] = levels[codes[i] & 15] * magnitude;
  }
}
