// Q2_K, Q4_K, Q5_K: value = d * scale * code - dmin * minimum.
#include "include/nibble_superblocks.h"

#include "nibble_superblock_scales.h"
#include "nibble_superblock_tile.h"

// What the search found for the sub-blocks of a tile.
typedef struct {
  lanes values[32], weights[32], codes[32];
  lanes scales, minima, weight_sums;
} affine_tile;

// Twice (or once) the mean square of a block, added in order.
NIBBLE_INLINE float spread(const float *values, float factor) {
  float sum = 0;
  for (int32_t i = 0; i < block_length; i++) sum += values[i] * values[i];
  return factor * sum / block_length;
}

// Weights: importance * sqrt(spread + x^2), or what the format takes without importance.
LANES_INLINE void importance_weights(affine_tile *tile, const float *first, const float *second,
                                     const float *first_importance,
                                     const float *second_importance, int32_t length,
                                     float factor) {
  const float one = spread(first, factor);
  const float other = length == 16 || second == first ? one : spread(second, factor);
  lanes spreads;
  for (int32_t lane = 0; lane < lane_count; lane++) spreads[lane] = lane < 8 ? one : other;
  gather_tile(first_importance, second_importance, length, tile->weights);
  for (int32_t i = 0; i < length; i++) {
    tile->weights[i] *= __builtin_elementwise_sqrt(spreads + tile->values[i] * tile->values[i]);
  }
}

// Stores the scales of a block: the largest becomes the highest code. Returns d as stored.
NIBBLE_INLINE float share_scale(const float *scales, int32_t count, int32_t highest,
                                uint8_t *codes, uint8_t *half) {
  float largest = 0;
  for (int32_t j = 0; j < count; j++) largest = scales[j] > largest ? scales[j] : largest;
  const float inverse = largest > 0 ? (float)highest / largest : 0;
  for (int32_t j = 0; j < count; j++) {
    codes[j] = (uint8_t)at_most(highest, (uint8_t)nearest(inverse * scales[j]));
  }
  return store_half(largest / (float)highest, half);
}

// The codes of a block on its stored grids. Where a grid has no width, those of the search stay.
LANES_INLINE void round_block(const float *values, const affine_tile *tile, int32_t first_lane,
                              int32_t count, int32_t highest, float scale, float minimum,
                              const uint8_t *scales, const uint8_t *minima, uint8_t *codes) {
  const int32_t length = block_length / count;
  for (int32_t j = 0; j < count; j++) {
    const float width = scale * scales[j];
    uint8_t *target = codes + j * length;
    if (width == 0) {
      scatter_codes(tile->codes, first_lane + j, length, target);
    } else {
      round_sub_block(values + j * length, length, width, minimum * minima[j], 0, highest, target);
    }
  }
}

// Integer scales and minima of one block from its half (or whole) of a tile; d and dmin as stored.
LANES_INLINE void share_scales(const affine_tile *tile, int with_importance, int32_t first_lane,
                               int32_t count, int32_t highest, uint8_t *halves, uint8_t *scales,
                               uint8_t *minima, float *scale, float *minimum) {
  const float *found_scales = (const float *)&tile->scales + first_lane;
  const float *found_minima = (const float *)&tile->minima + first_lane;
  const float *sums = (const float *)&tile->weight_sums + first_lane;
  if (with_importance) {
    *scale = store_half(positive_search(found_scales, sums, count, highest, scales), halves);
    *minimum = store_half(positive_search(found_minima, sums, count, highest, minima), halves + 2);
  } else {
    *scale = share_scale(found_scales, count, highest, scales, halves);
    *minimum = share_scale(found_minima, count, highest, minima, halves + 2);
  }
}

// Packs, and takes over what can be read then: a negative scale, which an importance of zeros can bring
// about, has more bits than there is room for.
NIBBLE_INLINE void settle_six_bits(uint8_t *scales, uint8_t *minima, uint8_t *bytes) {
  pack_six_bits(scales, minima, bytes);
  unpack_six_bits(bytes, scales, minima);
}

static const affine_rule two_bits = {16, 3, 15, 1, -0.5f, 0.1f};
static const affine_rule four_bits = {32, 15, 20, 0, -1.0f, 0.1f};
static const affine_rule five_bits = {32, 31, 15, 0, -0.5f, 0.1f};
static const affine_rule two_bits_weighed = {16, 3, 36, 0, -0.9f, 0.05f};
static const affine_rule four_bits_weighed = {32, 15, 36, 0, -0.9f, 0.05f};
static const affine_rule five_bits_weighed = {32, 31, 36, 0, -0.9f, 0.05f};

NIBBLE_CLONES
void nibble_q2_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes) {
  affine_tile tile;
  float scale, minimum;
  uint8_t codes[block_length], scales[16], minima[16];
  for (ptrdiff_t block = 0; block < blocks; block++, values += block_length, bytes += 84) {
    const float *second = values + block_length / 2;
    gather_tile(values, second, 16, tile.values);
    if (importance) {
      const float *own = importance + block * block_length;
      importance_weights(&tile, values, second, own, own + block_length / 2, 16, 1.0f);
      affine_search(tile.values, tile.weights, &two_bits_weighed, &tile.scales, &tile.minima,
                    &tile.weight_sums, tile.codes);
    } else {
      for (int32_t i = 0; i < 16; i++) tile.weights[i] = LANES_MAGNITUDE(tile.values[i]);
      affine_search(tile.values, tile.weights, &two_bits, &tile.scales, &tile.minima,
                    &tile.weight_sums, tile.codes);
    }
    share_scales(&tile, importance != NULL, 0, 16, 15, bytes + 80, scales, minima, &scale, &minimum);
    for (int32_t j = 0; j < 16; j++) {
      bytes[j] = (uint8_t)(scales[j] | minima[j] << 4);
      scales[j] = bytes[j] & 15;
      minima[j] = bytes[j] >> 4;
    }
    round_block(values, &tile, 0, 16, 3, scale, minimum, scales, minima, codes);
    for (int32_t half = 0; half < 2; half++) {
      const uint8_t *from = codes + 128 * half;
      for (int32_t l = 0; l < 32; l++) {
        bytes[16 + 32 * half + l] = (uint8_t)(from[l] | from[l + 32] << 2 | from[l + 64] << 4
                                              | from[l + 96] << 6);
      }
    }
  }
}

// Two blocks fill the lanes; the last of an odd number is searched twice and written once.
LANES_INLINE void search_pair(affine_tile *tile, const float *first, const float *second,
                              const float *first_importance, const float *second_importance,
                              const affine_rule *plain, const affine_rule *weighed) {
  gather_tile(first, second, 32, tile->values);
  if (first_importance) {
    importance_weights(tile, first, second, first_importance, second_importance, 32, 2.0f);
    affine_search(tile->values, tile->weights, weighed, &tile->scales, &tile->minima,
                  &tile->weight_sums, tile->codes);
  } else {
    lanes squares = 0;
    for (int32_t i = 0; i < 32; i++) squares += tile->values[i] * tile->values[i];
    const lanes root = __builtin_elementwise_sqrt(squares / 32.0f);
    for (int32_t i = 0; i < 32; i++) tile->weights[i] = root + LANES_MAGNITUDE(tile->values[i]);
    affine_search(tile->values, tile->weights, plain, &tile->scales, &tile->minima,
                  &tile->weight_sums, tile->codes);
  }
}

NIBBLE_CLONES
void nibble_q4_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes) {
  affine_tile tile;
  float scale, minimum;
  uint8_t codes[block_length], scales[8], minima[8];
  for (ptrdiff_t block = 0; block < blocks; block++, bytes += 144) {
    const float *own = values + block * block_length;
    if (block % 2 == 0) {
      const ptrdiff_t next = block + 1 < blocks ? block_length : 0;
      const float *weights = importance ? importance + block * block_length : NULL;
      search_pair(&tile, own, own + next, weights, weights ? weights + next : NULL, &four_bits,
                  &four_bits_weighed);
    }
    const int32_t lane = block % 2 * 8;
    share_scales(&tile, importance != NULL, lane, 8, 63, bytes, scales, minima, &scale, &minimum);
    settle_six_bits(scales, minima, bytes + 4);
    round_block(own, &tile, lane, 8, 15, scale, minimum, scales, minima, codes);
    for (int32_t chunk = 0; chunk < 4; chunk++) {
      const uint8_t *from = codes + 64 * chunk;
      for (int32_t l = 0; l < 32; l++) {
        bytes[16 + 32 * chunk + l] = (uint8_t)(from[l] | from[l + 32] << 4);
      }
    }
  }
}

NIBBLE_CLONES
void nibble_q5_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes) {
  affine_tile tile;
  float scale, minimum;
  uint8_t codes[block_length], scales[8], minima[8];
  for (ptrdiff_t block = 0; block < blocks; block++, bytes += 176) {
    const float *own = values + block * block_length;
    if (block % 2 == 0) {
      const ptrdiff_t next = block + 1 < blocks ? block_length : 0;
      const float *weights = importance ? importance + block * block_length : NULL;
      search_pair(&tile, own, own + next, weights, weights ? weights + next : NULL, &five_bits,
                  &five_bits_weighed);
    }
    const int32_t lane = block % 2 * 8;
    share_scales(&tile, importance != NULL, lane, 8, 63, bytes, scales, minima, &scale, &minimum);
    // Q4_K would overlay the bits of a negative scale; Q5_K takes it for the largest.
    for (int32_t j = 0; j < 8; j++) scales[j] = (uint8_t)at_most(63, scales[j]);
    settle_six_bits(scales, minima, bytes + 4);
    round_block(own, &tile, lane, 8, 31, scale, minimum, scales, minima, codes);
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
}
