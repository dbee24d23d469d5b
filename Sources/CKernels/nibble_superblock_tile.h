// Sub-blocks in and out of lanes, and the last rounding of a block once its scales are stored.
#ifndef NIBBLE_SUPERBLOCK_TILE_H
#define NIBBLE_SUPERBLOCK_TILE_H

#include "nibble_block_parts.h"
#include "nibble_superblock_search.h"

typedef uint8_t loose_codes __attribute__((ext_vector_type(16), aligned(1)));

// Element i of sixteen sub-blocks side by side. The first half of the sub-blocks begins at `first`,
// the other half at `second`.
LANES_INLINE void gather_tile(const float *first, const float *second, int32_t length,
                              lanes *tile) {
  float *elements = (float *)tile;
  for (int32_t lane = 0; lane < lane_count; lane++) {
    const float *source = (lane < 8 ? first : second) + (lane & 7) * length;
    for (int32_t i = 0; i < length; i++) elements[i * lane_count + lane] = source[i];
  }
}

// As many numbers of each of several blocks, one block a lane; lanes beyond them hold zeros.
LANES_INLINE void gather_blocks(const float *values, ptrdiff_t stride, int32_t blocks,
                                int32_t length, lanes *tile) {
  float *elements = (float *)tile;
  for (int32_t i = 0; i < length; i++) tile[i] = 0;
  for (int32_t lane = 0; lane < blocks; lane++) {
    const float *source = values + lane * stride;
    for (int32_t i = 0; i < length; i++) elements[i * lane_count + lane] = source[i];
  }
}

// factor times the mean square of each of at most sixteen blocks, added from first to last.
LANES_INLINE void block_spreads(const float *values, int32_t blocks, float factor, lanes *spreads) {
  lanes tile[16], sums = 0;
  for (int32_t start = 0; start < block_length; start += 16) {
    gather_blocks(values + start, block_length, blocks, 16, tile);
    for (int32_t i = 0; i < 16; i++) sums += tile[i] * tile[i];
  }
  *spreads = factor * sums / (float)block_length;
}

// The codes that the search left in one lane.
LANES_INLINE void scatter_codes(const lanes *tile, int32_t lane, int32_t length, uint8_t *codes) {
  const float *elements = (const float *)tile;
  for (int32_t i = 0; i < length; i++) codes[i] = (uint8_t)elements[i * lane_count + lane];
}

// codes = round((values + minimum) / scale) - lowest, kept between lowest and highest.
LANES_INLINE void round_sub_block(const float *values, int32_t length, float scale, float minimum,
                                  int32_t lowest, int32_t highest, uint8_t *codes) {
  for (int32_t i = 0; i < length; i += lane_count) {
    const lanes quotients = (*(const loose_lanes *)(values + i) + minimum) / scale;
    lane_masks rounded = LANES_NEAREST(quotients);
    rounded = __builtin_elementwise_max(rounded, (lane_masks)lowest);
    rounded = __builtin_elementwise_min(rounded, (lane_masks)highest) - lowest;
    *(loose_codes *)(codes + i) = __builtin_convertvector(rounded, loose_codes);
  }
}

// Writes a scale in half precision, little-endian, and returns what was written.
NIBBLE_INLINE float store_half(float value, uint8_t *bytes) {
  const uint16_t half = half_bits_of(value);
  memcpy(bytes, &half, sizeof half);
  return half_at(bytes);
}

#endif
