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

// The codes of a block on its stored grids, from 0. Where a grid has no width, those of the search
// stay.
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

// What is found for up to sixteen blocks of Q3_K, a tile each.
typedef struct {
  lanes codes[block_length];
  lanes scales[lane_count], weight_sums[lane_count];
  float scale[lane_count];    // d, not yet in half precision
  int8_t integers[block_length];
} symmetric_batch;

// With importance the scales go through the search of the codes once more, a block a lane.
LANES_INLINE void search_scales(symmetric_batch *batch, int32_t blocks) {
  lanes values[16], weights[16], codes[16], shared;
  gather_blocks((const float *)batch->scales, 16, blocks, 16, values);
  gather_blocks((const float *)batch->weight_sums, 16, blocks, 16, weights);
  symmetric_search(values, weights, 16, 32, 0, &shared, codes);
  for (int32_t block = 0; block < blocks; block++) {
    batch->scale[block] = shared[block];
    for (int32_t j = 0; j < 16; j++) {
      batch->integers[16 * block + j] = (int8_t)(((const float *)(codes + j))[block] - 32);
    }
  }
}

// Without importance the extreme scale becomes -32; where there is none, six bits of 0 are stored.
NIBBLE_INLINE float share_scale(const float *scales, int8_t *integers) {
  const float extreme = extreme_scale(scales);
  const float inverse = extreme != 0 ? -32.0f / extreme : 0;
  for (int32_t j = 0; j < 16; j++) {
    const int32_t code = at_most(31, nearest(inverse * scales[j]));
    integers[j] = (int8_t)(extreme == 0 || code < -32 ? -32 : code);
  }
  return extreme != 0 ? 1.0f / inverse : 0;
}

LANES_INLINE void search_three_bits(const float *values, const float *importance, int32_t blocks,
                                    symmetric_batch *batch) {
  lanes tile[16], weights[16], spreads = 0;
  if (importance) block_spreads(values, blocks, 2.0f, &spreads);
  for (int32_t block = 0; block < blocks; block++) {
    const float *own = values + block * block_length;
    lanes *codes = batch->codes + 16 * block;
    gather_tile(own, own + block_length / 2, 16, tile);
    if (importance) {
      const float *weighing = importance + block * block_length;
      const float spread = ((const float *)&spreads)[block];
      lanes sums = 0;
      gather_tile(weighing, weighing + block_length / 2, 16, weights);
      for (int32_t i = 0; i < 16; i++) {
        weights[i] *= __builtin_elementwise_sqrt(spread + tile[i] * tile[i]);
        sums += weights[i];
      }
      batch->weight_sums[block] = sums;
      symmetric_search(tile, weights, 16, 4, 1, batch->scales + block, codes);
    } else {
      sweep_search(tile, 16, 4, batch->scales + block, codes);
      batch->scale[block] =
          share_scale((const float *)(batch->scales + block), batch->integers + 16 * block);
    }
  }
  if (importance) search_scales(batch, blocks);
}

NIBBLE_CLONES
void nibble_q3_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes) {
  symmetric_batch batch;
  uint8_t codes[block_length];
  for (; blocks > 0; blocks -= lane_count) {
    const int32_t size = blocks < lane_count ? (int32_t)blocks : lane_count;
    search_three_bits(values, importance, size, &batch);
    for (int32_t block = 0; block < size; block++, values += block_length, bytes += 110) {
      const int8_t *scales = batch.integers + 16 * block;
      pack_signed_six_bits(scales, bytes + 96);
      round_symmetric(values, batch.codes + 16 * block, 4,
                      store_half(batch.scale[block], bytes + 108), scales, codes);
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
    if (importance) importance += lane_count * block_length;
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
