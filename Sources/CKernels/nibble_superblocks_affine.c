// Q2_K, Q4_K, Q5_K: value = d * scale * code - dmin * minimum.
//
// Up to sixteen blocks are handled together: their sub-blocks fill the lanes of sixteen tiles (or
// of eight, two blocks a tile), and then each block has a lane while its scales are searched.
#include "include/nibble_superblocks.h"

#include "nibble_superblock_scales.h"
#include "nibble_superblock_tile.h"

// What tells one format from another before its bytes are arranged.
typedef struct {
  int32_t sub_blocks;     // of a block, 16 or 8
  int32_t highest_scale;  // of the integer scales and minima
  float spread_factor;    // how often the mean square counts in the weights with importance
  affine_rule plain, weighed;
} affine_format;

static const affine_format two_bits = {
    16, 15, 1.0f, {16, 3, 15, 1, -0.5f, 0.1f}, {16, 3, 36, 0, -0.9f, 0.05f}};
static const affine_format four_bits = {
    8, 63, 2.0f, {32, 15, 20, 0, -1.0f, 0.1f}, {32, 15, 36, 0, -0.9f, 0.05f}};
static const affine_format five_bits = {
    8, 63, 2.0f, {32, 31, 15, 0, -0.5f, 0.1f}, {32, 31, 36, 0, -0.9f, 0.05f}};

// What is found for the blocks of a batch: block b, sub-block j has place b * sub_blocks + j.
typedef struct {
  lanes codes[block_length];  // tile after tile
  lanes scales[lane_count], minima[lane_count], weight_sums[lane_count];
  float scale[lane_count], minimum[lane_count];          // d and dmin, not yet in half precision
  uint8_t scale_codes[block_length], minimum_codes[block_length];
} affine_batch;

// The grids of one tile: sixteen sub-blocks, half of them from each of two places.
LANES_INLINE void search_tile(const float *first, const float *second,
                              const float *first_importance, const float *second_importance,
                              const lanes *spreads, const affine_format *format, int32_t tile,
                              affine_batch *batch) {
  const int32_t length = format->plain.length;
  lanes values[32], weights[32];
  lanes *codes = batch->codes + tile * length;
  gather_tile(first, second, length, values);
  if (first_importance) {
    gather_tile(first_importance, second_importance, length, weights);
    for (int32_t i = 0; i < length; i++) {
      weights[i] *= __builtin_elementwise_sqrt(*spreads + values[i] * values[i]);
    }
    affine_search(values, weights, &format->weighed, batch->scales + tile, batch->minima + tile,
                  batch->weight_sums + tile, codes);
    return;
  }
  if (format->plain.absolute) {
    for (int32_t i = 0; i < length; i++) weights[i] = LANES_MAGNITUDE(values[i]);
  } else {
    lanes squares = 0;
    for (int32_t i = 0; i < length; i++) squares += values[i] * values[i];
    const lanes root = __builtin_elementwise_sqrt(squares / (float)length);
    for (int32_t i = 0; i < length; i++) weights[i] = root + LANES_MAGNITUDE(values[i]);
  }
  affine_search(values, weights, &format->plain, batch->scales + tile, batch->minima + tile,
                batch->weight_sums + tile, codes);
}

// Stores the scales of a block: the largest becomes the highest code. Returns what it counts in.
NIBBLE_INLINE float share_scale(const float *scales, int32_t count, int32_t highest,
                                uint8_t *codes) {
  float largest = 0;
  for (int32_t j = 0; j < count; j++) largest = scales[j] > largest ? scales[j] : largest;
  const float inverse = largest > 0 ? (float)highest / largest : 0;
  for (int32_t j = 0; j < count; j++) {
    codes[j] = (uint8_t)at_most(highest, (uint8_t)nearest(inverse * scales[j]));
  }
  return largest / (float)highest;
}

// The same by search, for all blocks of a batch.
LANES_INLINE void search_scales(const lanes *found, const lanes *weight_sums, int32_t blocks,
                                int32_t count, int32_t highest, float *scales, uint8_t *codes) {
  lanes values[16], weights[16], shared;
  lane_masks searched[16];
  gather_blocks((const float *)found, count, blocks, count, values);
  gather_blocks((const float *)weight_sums, count, blocks, count, weights);
  positive_search(values, weights, count, highest, &shared, searched);
  for (int32_t block = 0; block < blocks; block++) {
    scales[block] = shared[block];
    for (int32_t j = 0; j < count; j++) {
      codes[block * count + j] = (uint8_t)((const int32_t *)(searched + j))[block];
    }
  }
}

// Grids for all sub-blocks of at most sixteen blocks, and integers for their scales and minima.
LANES_INLINE void search_batch(const float *values, const float *importance, int32_t blocks,
                               const affine_format *format, affine_batch *batch) {
  const int32_t count = format->sub_blocks;
  lanes spreads = 0;
  if (importance) block_spreads(values, blocks, format->spread_factor, &spreads);
  const float *each = (const float *)&spreads;
  if (count == 16) {
    for (int32_t block = 0; block < blocks; block++) {
      const float *own = values + block * block_length;
      const float *weights = importance ? importance + block * block_length : NULL;
      const lanes spread = each[block];
      search_tile(own, own + block_length / 2, weights, weights ? weights + block_length / 2 : NULL,
                  &spread, format, block, batch);
    }
  } else {
    for (int32_t block = 0; block < blocks; block += 2) {
      // The last of an odd number is searched twice and written once.
      const int32_t next = block + 1 < blocks ? block + 1 : block;
      const lanes lane_numbers = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
      const lanes spread = lane_numbers < 8.0f ? (lanes)each[block] : (lanes)each[next];
      search_tile(values + block * block_length, values + next * block_length,
                  importance ? importance + block * block_length : NULL,
                  importance ? importance + next * block_length : NULL, &spread, format, block / 2,
                  batch);
    }
  }
  if (importance) {
    search_scales(batch->scales, batch->weight_sums, blocks, count, format->highest_scale,
                  batch->scale, batch->scale_codes);
    search_scales(batch->minima, batch->weight_sums, blocks, count, format->highest_scale,
                  batch->minimum, batch->minimum_codes);
    return;
  }
  for (int32_t block = 0; block < blocks; block++) {
    const int32_t place = block * count;
    batch->scale[block] = share_scale((const float *)batch->scales + place, count,
                                      format->highest_scale, batch->scale_codes + place);
    batch->minimum[block] = share_scale((const float *)batch->minima + place, count,
                                        format->highest_scale, batch->minimum_codes + place);
  }
}

// The codes of one block on its stored grids. Where a grid has no width, those of the search stay.
LANES_INLINE void round_block(const float *values, const affine_batch *batch, int32_t block,
                              const affine_format *format, float scale, float minimum,
                              uint8_t *codes) {
  const int32_t count = format->sub_blocks, length = format->plain.length;
  for (int32_t j = 0; j < count; j++) {
    const int32_t place = block * count + j;
    const float width = scale * batch->scale_codes[place];
    if (width == 0) {
      scatter_codes(batch->codes + place / lane_count * length, place % lane_count, length,
                    codes + j * length);
    } else {
      round_sub_block(values + j * length, length, width, minimum * batch->minimum_codes[place], 0,
                      format->plain.highest, codes + j * length);
    }
  }
}

NIBBLE_INLINE int32_t batch_size(ptrdiff_t blocks) {
  return blocks < lane_count ? (int32_t)blocks : lane_count;
}

NIBBLE_CLONES
void nibble_q2_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes) {
  affine_batch batch;
  uint8_t codes[block_length];
  for (; blocks > 0; blocks -= lane_count) {
    const int32_t size = batch_size(blocks);
    search_batch(values, importance, size, &two_bits, &batch);
    for (int32_t block = 0; block < size; block++, values += block_length, bytes += 84) {
      const float scale = store_half(batch.scale[block], bytes + 80);
      const float minimum = store_half(batch.minimum[block], bytes + 82);
      uint8_t *scales = batch.scale_codes + 16 * block, *minima = batch.minimum_codes + 16 * block;
      for (int32_t j = 0; j < 16; j++) {
        bytes[j] = (uint8_t)(scales[j] | minima[j] << 4);
        scales[j] = bytes[j] & 15;  // what can be read, as in settle_six_bits
        minima[j] = bytes[j] >> 4;
      }
      round_block(values, &batch, block, &two_bits, scale, minimum, codes);
      for (int32_t half = 0; half < 2; half++) {
        const uint8_t *from = codes + 128 * half;
        for (int32_t l = 0; l < 32; l++) {
          bytes[16 + 32 * half + l] = (uint8_t)(from[l] | from[l + 32] << 2 | from[l + 64] << 4
                                                | from[l + 96] << 6);
        }
      }
    }
    if (importance) importance += lane_count * block_length;
  }
}

// Packs, and takes over what can be read then: a negative scale, which an importance of zeros can
// bring about, has more bits than there is room for.
NIBBLE_INLINE void settle_six_bits(uint8_t *scales, uint8_t *minima, uint8_t *bytes) {
  pack_six_bits(scales, minima, bytes);
  unpack_six_bits(bytes, scales, minima);
}

NIBBLE_CLONES
void nibble_q4_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes) {
  affine_batch batch;
  uint8_t codes[block_length];
  for (; blocks > 0; blocks -= lane_count) {
    const int32_t size = batch_size(blocks);
    search_batch(values, importance, size, &four_bits, &batch);
    for (int32_t block = 0; block < size; block++, values += block_length, bytes += 144) {
      const float scale = store_half(batch.scale[block], bytes);
      const float minimum = store_half(batch.minimum[block], bytes + 2);
      settle_six_bits(batch.scale_codes + 8 * block, batch.minimum_codes + 8 * block, bytes + 4);
      round_block(values, &batch, block, &four_bits, scale, minimum, codes);
      for (int32_t chunk = 0; chunk < 4; chunk++) {
        const uint8_t *from = codes + 64 * chunk;
        for (int32_t l = 0; l < 32; l++) {
          bytes[16 + 32 * chunk + l] = (uint8_t)(from[l] | from[l + 32] << 4);
        }
      }
    }
    if (importance) importance += lane_count * block_length;
  }
}

NIBBLE_CLONES
void nibble_q5_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes) {
  affine_batch batch;
  uint8_t codes[block_length];
  for (; blocks > 0; blocks -= lane_count) {
    const int32_t size = batch_size(blocks);
    search_batch(values, importance, size, &five_bits, &batch);
    for (int32_t block = 0; block < size; block++, values += block_length, bytes += 176) {
      const float scale = store_half(batch.scale[block], bytes);
      const float minimum = store_half(batch.minimum[block], bytes + 2);
      uint8_t *scales = batch.scale_codes + 8 * block;
      // Q4_K overlays the bits of a negative scale; Q5_K takes it for the largest.
      for (int32_t j = 0; j < 8; j++) scales[j] = (uint8_t)at_most(63, scales[j]);
      settle_six_bits(scales, batch.minimum_codes + 8 * block, bytes + 4);
      round_block(values, &batch, block, &five_bits, scale, minimum, codes);
      for (int32_t l = 0; l < 32; l++) bytes[16 + l] = 0;
      for (int32_t chunk = 0; chunk < 4; chunk++) {
        const uint8_t *from = codes + 64 * chunk;
        for (int32_t l = 0; l < 32; l++) {
          const int32_t low = from[l], high = from[l + 32];
          bytes[48 + 32 * chunk + l] = (uint8_t)((low & 15) | (high & 15) << 4);
          bytes[16 + l] |= (uint8_t)((low >> 4 | high >> 4 << 1) << (2 * chunk));
        }
      }
    }
    if (importance) importance += lane_count * block_length;
  }
}
