// Q3_K, Q6_K: value = d * scale * code, with codes on both sides of zero.
#include "include/nibble_superblocks.h"

#include "nibble_superblock_scales.h"
#include "nibble_superblock_tile.h"

// The scale of largest magnitude, sign and all.
NIBBLE_INLINE float extreme_scale(const float *scales) {
  float extreme = 0, largest = 0;
  for (int32_t j = 0; j < 16; j++) {
    const float magnitude = float_of(bits_of(scales[j]) & 0x7FFFFFFF);
    extreme = magnitude > largest ? scales[j] : extreme;
    largest = magnitude > largest ? magnitude : largest;
  }
  return extreme;
}

// The codes of a block on its stored grids, from 0. Where a grid has no width, those of the search stay.
LANES_INLINE void round_symmetric(const float *values, const lanes *found, int32_t reach,
                                  float scale, const int8_t *scales, uint8_t *codes) {
  for (int32_t j = 0; j < 16; j++) {
    const float width = scale * (float)scales[j];
    if (width == 0) {
      scatter_codes(found, j, 16, codes + 16 * j);
    } else {
      round_sub_block(values + 16 * j, 16, width, 0, -reach, reach - 1, codes + 16 * j);
    }
  }
}

// Scales of Q3_K with importance: the search of the codes once more, one lane of sixteen scales.
LANES_INLINE float search_scales(const float *found, const float *weight_sums, int8_t *scales) {
  lanes values[16], weights[16], codes[16], scale;
  for (int32_t j = 0; j < 16; j++) {
    values[j] = (lanes)found[j];
    weights[j] = (lanes)weight_sums[j];
  }
  symmetric_search(values, weights, 16, 32, 0, &scale, codes);
  for (int32_t j = 0; j < 16; j++) scales[j] = (int8_t)(codes[j][0] - 32);
  return scale[0];
}

NIBBLE_CLONES
void nibble_q3_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes) {
  lanes tile[16], found[16], found_scales;
  uint8_t codes[block_length];
  int8_t scales[16];
  for (ptrdiff_t block = 0; block < blocks; block++, values += block_length, bytes += 110) {
    gather_tile(values, values + block_length / 2, 16, tile);
    float shared;
    if (importance) {
      lanes weights[16], sums = 0;
      const float *own = importance + block * block_length;
      gather_tile(own, own + block_length / 2, 16, weights);
      float squares = 0;
      for (int32_t i = 0; i < block_length; i++) squares += values[i] * values[i];
      const float spread = 2 * squares / block_length;
      for (int32_t i = 0; i < 16; i++) {
        weights[i] *= __builtin_elementwise_sqrt(spread + tile[i] * tile[i]);
        sums += weights[i];
      }
      symmetric_search(tile, weights, 16, 4, 1, &found_scales, found);
      shared = search_scales((const float *)&found_scales, (const float *)&sums, scales);
    } else {
      sweep_search(tile, 16, 4, &found_scales, found);
      const float extreme = extreme_scale((const float *)&found_scales);
      const float inverse = extreme != 0 ? -32.0f / extreme : 0;
      for (int32_t j = 0; j < 16; j++) {
        const int32_t code = at_most(31, nearest(inverse * found_scales[j]));
        scales[j] = (int8_t)(extreme == 0 ? -32 : code > -32 ? code : -32);
      }
      shared = extreme != 0 ? 1.0f / inverse : 0;
    }
    pack_signed_six_bits(scales, bytes + 96);
    round_symmetric(values, found, 4, store_half(shared, bytes + 108), scales, codes);
    for (int32_t l = 0; l < 32; l++) {
      int32_t high = 0;
      for (int32_t plane = 0; plane < 8; plane++) high |= (codes[32 * plane + l] >> 2) << plane;
      bytes[l] = (uint8_t)high;
    }
    for (int32_t half = 0; half < 2; half++) {
      const uint8_t *from = codes + 128 * half;
      for (int32_t l = 0; l < 32; l++) {
        bytes[32 + 32 * half + l] =
            (uint8_t)((from[l] & 3) | (from[l + 32] & 3) << 2 | (from[l + 64] & 3) << 4
                      | (from[l + 96] & 3) << 6);
      }
    }
  }
}

NIBBLE_CLONES
void nibble_q6_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes) {
  lanes tile[16], weights[16], found[16], found_scales;
  uint8_t codes[block_length];
  int8_t scales[16];
  for (ptrdiff_t block = 0; block < blocks; block++, values += block_length, bytes += 210) {
    gather_tile(values, values + block_length / 2, 16, tile);
    if (importance) {
      const float *own = importance + block * block_length;
      gather_tile(own, own + block_length / 2, 16, weights);
    } else {
      for (int32_t i = 0; i < 16; i++) weights[i] = tile[i] * tile[i];
    }
    symmetric_search(tile, weights, 16, 32, 1, &found_scales, found);
    const float extreme = extreme_scale((const float *)&found_scales);
    if (float_of(bits_of(extreme) & 0x7FFFFFFF) < negligible) {
      for (int32_t i = 0; i < 210; i++) bytes[i] = 0;
      continue;
    }
    const float inverse = -128.0f / extreme;
    for (int32_t j = 0; j < 16; j++) {
      scales[j] = (int8_t)at_most(127, nearest(inverse * found_scales[j]));
      bytes[192 + j] = (uint8_t)scales[j];
    }
    round_symmetric(values, found, 32, store_half(1.0f / inverse, bytes + 208), scales, codes);
    for (int32_t half = 0; half < 2; half++) {
      const uint8_t *from = codes + 128 * half;
      for (int32_t l = 0; l < 32; l++) {
        bytes[64 * half + l] = (uint8_t)((from[l] & 15) | (from[l + 64] & 15) << 4);
        bytes[64 * half + 32 + l] = (uint8_t)((from[l + 32] & 15) | (from[l + 96] & 15) << 4);
        bytes[128 + 32 * half + l] =
            (uint8_t)(from[l] >> 4 | from[l + 32] >> 4 << 2 | from[l + 64] >> 4 << 4
                      | from[l + 96] >> 4 << 6);
      }
    }
  }
}
