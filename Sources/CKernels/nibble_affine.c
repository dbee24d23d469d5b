#include "nibble_affine.h"

#include "nibble_affine_parameters.h"
#include "nibble_clones.h"
#include "nibble_rounding.h"

#pragma STDC FP_CONTRACT OFF

typedef int32_t __attribute__((may_alias)) float_bits;

NIBBLE_INLINE void round_run(const float *restrict values, ptrdiff_t count, float scale,
                             int32_t zero_point, int32_t lowest, int32_t highest,
                             uint8_t *restrict codes) {
  const float low = (float)(lowest - zero_point), high = (float)(highest - zero_point);
  for (ptrdiff_t i = 0; i < count; i++) {
    float steps = values[i] / scale;
    steps = low > steps ? low : steps;  // the ends are whole, so clamping first is the same
    steps = high < steps ? high : steps;
    codes[i] = (uint8_t)(bits_of(steps + rounder) - rounder_bits + zero_point);
  }
}

NIBBLE_CLONES
void nibble_affine_round_run(const float *values, ptrdiff_t count, float scale, int32_t zero_point,
                             int32_t lowest, int32_t highest, uint8_t *codes) {
  round_run(values, count, scale, zero_point, lowest, highest, codes);
}

// Positive floats sort like their bits read as signed integers, negative ones like their bits read
// as unsigned, larger magnitude first. So two integer maxima give both ends of the range with zero
// included, and an infinity or a NaN shows as an exponent of all ones.
NIBBLE_INLINE int range_of(const float *values, ptrdiff_t count, float *lowest, float *highest) {
  const float_bits *restrict bits = (const float_bits *)values;
  int32_t most = 0;
  uint32_t least = 0;
  for (ptrdiff_t i = 0; i < count; i++) {
    int32_t word = bits[i];
    uint32_t unsigned_word = (uint32_t)word;
    most = word > most ? word : most;
    least = unsigned_word > least ? unsigned_word : least;
  }
  *highest = float_of(most);
  *lowest = least > 0x80000000u ? float_of((int32_t)least) : 0;
  return most < 0x7F800000 && least < 0xFF800000u;
}

// Eight groups at a time: the divisions of one group's parameters wait on nothing but its own
// range, so eight of them overlap, and the values are still in the nearest cache when rounded.
// Meanwhile the next eight are fetched, a piece at a time: rounding needs no memory, finding a range
// little else, and the processor's own prefetching starts anew at every page.
enum { together = 8, far_apart = 2048, piece = 128, cache_line = 16 };

NIBBLE_CLONES
ptrdiff_t nibble_affine_round_groups(const float *values, ptrdiff_t groups, ptrdiff_t group_size,
                                     const nibble_affine_rule *rule, uint8_t *codes, float *scales,
                                     ptrdiff_t *zero_points) {
  const nibble_affine_rule grid = *rule;
  const ptrdiff_t step = group_size < far_apart ? together : 1, count = groups * group_size;
  for (ptrdiff_t start = 0; start < groups; start += step) {
    const ptrdiff_t end = groups - start < step ? groups : start + step;
    float lowest[together], highest[together];
    for (ptrdiff_t group = start; group < end; group++) {
      if (!range_of(values + group * group_size, group_size, &lowest[group - start],
                    &highest[group - start]))
        return group;
    }
    for (ptrdiff_t group = start; group < end; group++)
      parameters_of(&grid, lowest[group - start], highest[group - start], &scales[group],
                    &zero_points[group]);
    for (ptrdiff_t group = start; group < end; group++) {
      const ptrdiff_t last = (group + 1) * group_size;
      for (ptrdiff_t at = group * group_size; at < last; at += piece) {
        const ptrdiff_t ahead = at + step * group_size;
        if (ahead + piece <= count)
          for (ptrdiff_t i = 0; i < piece; i += cache_line) __builtin_prefetch(values + ahead + i);
        round_run(values + at, last - at < piece ? last - at : piece, scales[group],
                  (int32_t)zero_points[group], grid.lowest, grid.highest, codes + at);
      }
    }
  }
  return -1;
}

// Products, range, rounding and the way back in one visit to the nearest cache.
NIBBLE_CLONES
ptrdiff_t nibble_affine_scaled_change(const float *weights, ptrdiff_t rows, ptrdiff_t columns,
                                      ptrdiff_t group_size, const float *factors,
                                      const nibble_affine_rule *rule, float *change) {
  const nibble_affine_rule grid = *rule;
  for (ptrdiff_t row = 0; row < rows; row++) {
    for (ptrdiff_t start = 0; start < columns; start += group_size) {
      const float *restrict run = weights + row * columns + start;
      const float *restrict factor = factors + start;
      float *restrict result = change + row * columns + start;
      for (ptrdiff_t i = 0; i < group_size; i++) result[i] = run[i] * factor[i];
      float least, most, scale;
      ptrdiff_t zero_point;
      if (!range_of(result, group_size, &least, &most)) return (row * columns + start) / group_size;
      parameters_of(&grid, least, most, &scale, &zero_point);
      const float low = (float)(grid.lowest - zero_point), high = (float)(grid.highest - zero_point);
      for (ptrdiff_t i = 0; i < group_size; i++) {
        float steps = result[i] / scale;
        steps = low > steps ? low : steps;
        steps = high < steps ? high : steps;
        steps = (steps + rounder) - rounder;
        result[i] = scale * steps / factor[i] - run[i];
      }
    }
  }
  return -1;
}

NIBBLE_CLONES
void nibble_affine_decode_groups(const uint8_t *codes, ptrdiff_t groups, ptrdiff_t group_size,
                                 int32_t is_signed, const float *scales,
                                 const ptrdiff_t *zero_points, float *values) {
  for (ptrdiff_t group = 0; group < groups; group++) {
    const uint8_t *restrict run = codes + group * group_size;
    float *restrict result = values + group * group_size;
    const float scale = scales[group];
    const int32_t zero_point = (int32_t)zero_points[group];
    if (is_signed) {
      for (ptrdiff_t i = 0; i < group_size; i++)
        result[i] = scale * (float)((int32_t)(int8_t)run[i] - zero_point);
    } else {
      for (ptrdiff_t i = 0; i < group_size; i++)
        result[i] = scale * (float)((int32_t)run[i] - zero_point);
    }
  }
}
