// Q2_K to Q6_K back to values.
#include "include/nibble_superblocks.h"

#include "nibble_block_parts.h"
#include "nibble_superblock_scales.h"

// A product that is subtracted from is rounded first.
#pragma STDC FP_CONTRACT OFF

NIBBLE_CLONES
void nibble_q2_k_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values) {
  for (ptrdiff_t block = 0; block < blocks; block++, bytes += 84, values += 256) {
    const float scale = half_at(bytes + 80), minimum = half_at(bytes + 82);
    for (int32_t j = 0; j < 16; j++) {
      const float step = scale * (float)(bytes[j] & 15), start = minimum * (float)(bytes[j] >> 4);
      const uint8_t *from = bytes + 16 + j / 8 * 32 + j % 2 * 16;
      const int32_t shift = j / 2 % 4 * 2;
      for (int32_t i = 0; i < 16; i++) {
        values[16 * j + i] = step * (float)(from[i] >> shift & 3) - start;
      }
    }
  }
}

NIBBLE_CLONES
void nibble_q3_k_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values) {
  for (ptrdiff_t block = 0; block < blocks; block++, bytes += 110, values += 256) {
    const float scale = half_at(bytes + 108);
    for (int32_t j = 0; j < 16; j++) {
      const float step = scale * (float)signed_six_bits(bytes + 96, j);
      const uint8_t *high = bytes + j % 2 * 16;
      const uint8_t *low = bytes + 32 + j / 8 * 32 + j % 2 * 16;
      const int32_t shift = j / 2 % 4 * 2, plane = j / 2;
      for (int32_t i = 0; i < 16; i++) {
        const int32_t code = (low[i] >> shift & 3) + (high[i] >> plane & 1) * 4 - 4;
        values[16 * j + i] = step * (float)code;
      }
    }
  }
}

NIBBLE_CLONES
void nibble_q4_k_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values) {
  uint8_t scales[8], minima[8];
  for (ptrdiff_t block = 0; block < blocks; block++, bytes += 144, values += 256) {
    const float scale = half_at(bytes), minimum = half_at(bytes + 2);
    unpack_six_bits(bytes + 4, scales, minima);
    for (int32_t j = 0; j < 8; j++) {
      const float step = scale * (float)scales[j], start = minimum * (float)minima[j];
      const uint8_t *from = bytes + 16 + j / 2 * 32;
      const int32_t shift = j % 2 * 4;
      for (int32_t i = 0; i < 32; i++) {
        values[32 * j + i] = step * (float)(from[i] >> shift & 15) - start;
      }
    }
  }
}

NIBBLE_CLONES
void nibble_q5_k_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values) {
  uint8_t scales[8], minima[8];
  for (ptrdiff_t block = 0; block < blocks; block++, bytes += 176, values += 256) {
    const float scale = half_at(bytes), minimum = half_at(bytes + 2);
    unpack_six_bits(bytes + 4, scales, minima);
    for (int32_t j = 0; j < 8; j++) {
      const float step = scale * (float)scales[j], start = minimum * (float)minima[j];
      const uint8_t *high = bytes + 16, *low = bytes + 48 + j / 2 * 32;
      const int32_t shift = j % 2 * 4;
      for (int32_t i = 0; i < 32; i++) {
        const int32_t code = (low[i] >> shift & 15) | (high[i] >> j & 1) << 4;
        values[32 * j + i] = step * (float)code - start;
      }
    }
  }
}

NIBBLE_CLONES
void nibble_q6_k_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values) {
  for (ptrdiff_t block = 0; block < blocks; block++, bytes += 210, values += 256) {
    const float scale = half_at(bytes + 208);
    for (int32_t j = 0; j < 16; j++) {
      const float step = scale * (float)(int8_t)bytes[192 + j];
      // Of each half: planes of 32, the low four bits of planes 0 and 2 and of 1 and 3 in one byte.
      const int32_t half = j / 8, plane = j / 2 % 4, start = j % 2 * 16;
      const uint8_t *low = bytes + 64 * half + plane % 2 * 32 + start;
      const uint8_t *high = bytes + 128 + 32 * half + start;
      for (int32_t i = 0; i < 16; i++) {
        const int32_t code = (low[i] >> (plane / 2 * 4) & 15) | (high[i] >> (2 * plane) & 3) << 4;
        values[16 * j + i] = step * (float)(code - 32);
      }
    }
  }
}
