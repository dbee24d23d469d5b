// Sixteen blocks at a time: the extremes of all, then their scales, whose divisions overlap, then the
// codes, while the values are still in the nearest cache.
#include "nibble_blocks.h"

#include <float.h>

#include "nibble_block_parts.h"
#include "nibble_clones.h"
#include "nibble_rounding.h"

#pragma STDC FP_CONTRACT OFF

typedef int32_t __attribute__((may_alias)) float_bits;

enum { length = 32, together = 16 };

// The value of the largest magnitude; of two that differ in sign alone, the first.
NIBBLE_INLINE float extreme_of(const float *values) {
  const float_bits *restrict bits = (const float_bits *)values;
  int32_t most = 0;
  uint32_t least = 0;
  for (int i = 0; i < length; i++) {
    most = bits[i] > most ? bits[i] : most;
    least = (uint32_t)bits[i] > least ? (uint32_t)bits[i] : least;
  }
  const int32_t negative = least > 0x80000000u ? (int32_t)(least & 0x7FFFFFFF) : 0;
  if (most != negative) return most > negative ? float_of(most) : -float_of(negative);
  if (most == 0) return 0;
  for (int i = 0; i < length; i++)
    if ((bits[i] & 0x7FFFFFFF) == most) return values[i];
  return 0;
}

// Both ends, as integers that sort as the floats do; of two zeros at the lower end, the first.
NIBBLE_INLINE void range_of(const float *values, float *lowest, float *highest) {
  const float_bits *restrict bits = (const float_bits *)values;
  int32_t least = INT32_MAX, most = INT32_MIN;
  for (int i = 0; i < length; i++) {
    const int32_t key = bits[i] ^ ((bits[i] >> 31) & 0x7FFFFFFF);
    least = key < least ? key : least;
    most = key > most ? key : most;
  }
  *lowest = float_of(least ^ ((least >> 31) & 0x7FFFFFFF));
  *highest = float_of(most ^ ((most >> 31) & 0x7FFFFFFF));
  if (least != 0 && least != -1) return;
  for (int i = 0; i < length; i++) {
    if (values[i] != 0) continue;
    *lowest = values[i];
    return;
  }
}

NIBBLE_INLINE void store_nibbles(const int32_t codes[length], uint8_t *restrict bytes) {
  for (int i = 0; i < 16; i++) bytes[i] = (uint8_t)((codes[i] & 15) | codes[i + 16] << 4);
}

NIBBLE_INLINE void store_fifth_bits(const int32_t codes[length], uint8_t *bytes) {
  uint32_t high = 0;
  for (int i = 0; i < length; i++) high |= ((uint32_t)codes[i] >> 4 & 1) << i;
  memcpy(bytes, &high, 4);
}

// The codes are multiples of a scale counted from `lowest`, plus `shift`, cut to a whole number. An
// inverse that is infinite, of a subnormal scale, gives codes 0.
NIBBLE_INLINE void linear_codes(const float *restrict values, float lowest, float inverse,
                                float shift, int32_t bits, uint8_t *bytes) {
  const int32_t largest = (1 << bits) - 1;
  int32_t codes[length];
  if (inverse <= FLT_MAX && inverse >= -FLT_MAX) {
    for (int i = 0; i < length; i++) {
      const int32_t code = (int32_t)((values[i] - lowest) * inverse + shift);
      codes[i] = code < largest ? code : largest;
    }
  } else {
    memset(codes, 0, sizeof codes);
  }
  if (bits == 5) store_fifth_bits(codes, bytes);
  store_nibbles(codes, bytes + (bits == 5 ? 4 : 0));
}

NIBBLE_INLINE void encode_linear(const float *values, ptrdiff_t blocks, int32_t bits,
                                 int32_t has_minimum, uint8_t *bytes) {
  const ptrdiff_t size = 2 + (has_minimum ? 2 : 0) + (bits == 5 ? 4 : 0) + 16;
  const float steps = (float)(has_minimum ? (1 << bits) - 1 : -(1 << (bits - 1)));
  const float shift = has_minimum ? 0.5f : (float)(1 << (bits - 1)) + 0.5f;
  for (ptrdiff_t start = 0; start < blocks; start += together) {
    const ptrdiff_t count = blocks - start < together ? blocks - start : together;
    const float *restrict run = values + start * length;
    uint8_t *target = bytes + start * size;
    float lowest[together] = {0}, reach[together] = {0}, inverse[together];
    uint16_t scales[together], minimums[together];
    for (ptrdiff_t block = 0; block < count; block++) {
      if (has_minimum) {
        float highest;
        range_of(run + block * length, &lowest[block], &highest);
        reach[block] = highest - lowest[block];
      } else {
        reach[block] = extreme_of(run + block * length);
      }
    }
    for (int block = 0; block < together; block++) {
      const float scale = reach[block] / steps;
      inverse[block] = scale != 0 ? 1.0f / scale : 0;
      scales[block] = half_bits_of(scale);
      minimums[block] = half_bits_of(lowest[block]);
    }
    for (ptrdiff_t block = 0; block < count; block++, target += size) {
      const float *ahead = run + (block + together) * length;
      for (int i = 0; i < length; i += 16) __builtin_prefetch(ahead + i);
      memcpy(target, &scales[block], 2);
      if (has_minimum) memcpy(target + 2, &minimums[block], 2);
      // Without a minimum nothing is subtracted: x - 0 is x.
      linear_codes(run + block * length, has_minimum ? lowest[block] : 0, inverse[block], shift,
                   bits, target + (has_minimum ? 4 : 2));
    }
  }
}

NIBBLE_CLONES
void nibble_linear_blocks_encode(const float *values, ptrdiff_t blocks, int32_t bits,
                                 int32_t has_minimum, uint8_t *bytes) {
  if (bits == 4) {
    if (has_minimum) encode_linear(values, blocks, 4, 1, bytes);
    else encode_linear(values, blocks, 4, 0, bytes);
  } else {
    if (has_minimum) encode_linear(values, blocks, 5, 1, bytes);
    else encode_linear(values, blocks, 5, 0, bytes);
  }
}

NIBBLE_INLINE void decode_linear(const uint8_t *bytes, ptrdiff_t blocks, int32_t bits,
                                 int32_t has_minimum, float *restrict values) {
  const ptrdiff_t high_offset = has_minimum ? 4 : 2;
  const ptrdiff_t offset = high_offset + (bits == 5 ? 4 : 0), size = offset + 16;
  const int32_t middle = has_minimum ? 0 : 1 << (bits - 1);
  for (ptrdiff_t block = 0; block < blocks; block++, bytes += size, values += length) {
    const float scale = half_at(bytes), minimum = has_minimum ? half_at(bytes + 2) : 0;
    uint8_t nibbles[16];
    memcpy(nibbles, bytes + offset, sizeof nibbles);
    uint32_t high = 0;
    if (bits == 5) memcpy(&high, bytes + high_offset, sizeof high);
    int32_t codes[length];
    for (int i = 0; i < 16; i++) {
      codes[i] = nibbles[i] & 15;
      codes[i + 16] = nibbles[i] >> 4;
    }
    if (bits == 5)
      for (int i = 0; i < length; i++) codes[i] |= (int32_t)((high >> i & 1) << 4);
    for (int i = 0; i < length; i++) {
      const float product = (float)(codes[i] - middle) * scale;
      values[i] = has_minimum ? product + minimum : product;
    }
  }
}

NIBBLE_CLONES
void nibble_linear_blocks_decode(const uint8_t *bytes, ptrdiff_t blocks, int32_t bits,
                                 int32_t has_minimum, float *values) {
  if (bits == 4) {
    if (has_minimum) decode_linear(bytes, blocks, 4, 1, values);
    else decode_linear(bytes, blocks, 4, 0, values);
  } else {
    if (has_minimum) decode_linear(bytes, blocks, 5, 1, values);
    else decode_linear(bytes, blocks, 5, 0, values);
  }
}

NIBBLE_CLONES
void nibble_byte_blocks_encode(const float *values, ptrdiff_t blocks, uint8_t *bytes) {
  // The float below one half: added before cutting, it rounds halves away from zero and nothing else.
  const int32_t below_half = 0x3EFFFFFF;
  for (ptrdiff_t start = 0; start < blocks; start += together) {
    const ptrdiff_t count = blocks - start < together ? blocks - start : together;
    const float *restrict run = values + start * length;
    uint8_t *target = bytes + start * 34;
    float magnitude[together] = {0}, inverse[together];
    uint16_t scales[together];
    for (ptrdiff_t block = 0; block < count; block++) {
      const float_bits *restrict bits = (const float_bits *)(run + block * length);
      int32_t most = 0;
      for (int i = 0; i < length; i++) {
        const int32_t word = bits[i] & 0x7FFFFFFF;
        most = word > most ? word : most;
      }
      magnitude[block] = float_of(most);
    }
    for (int block = 0; block < together; block++) {
      const float scale = magnitude[block] / 127;
      inverse[block] = scale != 0 ? 1.0f / scale : 0;
      scales[block] = half_bits_of(scale);
    }
    for (ptrdiff_t block = 0; block < count; block++, target += 34, run += length) {
      for (int i = 0; i < length; i += 16) __builtin_prefetch(run + together * length + i);
      memcpy(target, &scales[block], 2);
      if (inverse[block] > FLT_MAX) {  // one over a subnormal scale
        memset(target + 2, 0, length);
        continue;
      }
      for (int i = 0; i < length; i++) {
        const float value = run[i] * inverse[block];
        const float push = float_of((bits_of(value) & INT32_MIN) | below_half);
        target[2 + i] = (uint8_t)(int32_t)(value + push);
      }
    }
  }
}

NIBBLE_CLONES
void nibble_byte_blocks_decode(const uint8_t *bytes, ptrdiff_t blocks, float *restrict values) {
  for (ptrdiff_t block = 0; block < blocks; block++, bytes += 34, values += length) {
    const float scale = half_at(bytes);
    int8_t codes[length];
    memcpy(codes, bytes + 2, sizeof codes);
    for (int i = 0; i < length; i++) values[i] = (float)codes[i] * scale;
  }
}
