// The searches for a sub-block's scale, sixteen sub-blocks at once, and for the scales of blocks.
//
// Every lane does what the Swift twins (BlockSearch.affine, .symmetric, .sweeps and .positive) do,
// in their order of operations. Branches became selections: a lane that has nothing to gain keeps
// what it has. Values lie transposed: values[i] holds element i of all sixteen sub-blocks.
#ifndef NIBBLE_SUPERBLOCK_SEARCH_H
#define NIBBLE_SUPERBLOCK_SEARCH_H

#include "nibble_superblock_lanes.h"

// A lane whose largest magnitude is below this has no scale.
static const float negligible = 1e-15f;

// round-half-to-even by addition, as integers: exact for |v| < 2^22, and beyond it the same wrong
// number that the plain code gets, because it only looks at the low 23 bits of the sum.
#define LANES_NEAREST(values) ((LANES_AS_BITS((values) + rounder) & 0x007FFFFF) - 0x00400000)

// The nearest integer, kept between two bounds, as a float. `tame` says that all |v| < 2^22; then
// the sum can be bounded as it is, before the addend is taken off again.
#define LANES_BOUNDED(result, values, lowest, highest, tame)                 \
  do {                                                                       \
    const lanes quotients_ = (values);                                       \
    if (tame) {                                                              \
      const lanes least_ = rounder + (float)(lowest);                        \
      const lanes most_ = rounder + (float)(highest);                        \
      lanes sums_ = quotients_ + rounder;                                    \
      sums_ = sums_ > least_ ? sums_ : least_;                               \
      sums_ = sums_ < most_ ? sums_ : most_;                                 \
      result = sums_ - rounder;                                              \
    } else {                                                                 \
      lane_masks rounded_ = LANES_NEAREST(quotients_);                       \
      rounded_ = __builtin_elementwise_max(rounded_, (lane_masks)(lowest));  \
      rounded_ = __builtin_elementwise_min(rounded_, (lane_masks)(highest)); \
      result = __builtin_convertvector(rounded_, lanes);                     \
    }                                                                        \
  } while (0)

// How the grids of an affine search follow each other.
typedef struct {
  int32_t length;     // elements in a sub-block, at most 32
  int32_t highest;    // the largest code
  int32_t steps;      // the last of the grids, the first being 0
  int32_t absolute;   // 1: errors are magnitudes, 0: squares
  float first, step;  // grid t has `highest + first + step * t` steps from least to most
} affine_rule;

// The sums over a sub-block that decide its line, with codes l: of w * l, w * l * l and w * x * l.
typedef struct {
  lanes l, ll, xl;
} affine_sums;

LANES_INLINE void affine_codes_of(const lanes *values, const lanes *weights, const lanes *inverse,
                                  const lanes *minimum, const affine_rule *rule, int tame,
                                  lanes *codes, affine_sums *sums) {
  lanes sum_l = 0, sum_ll = 0, sum_xl = 0;
#pragma clang loop unroll_count(4)
  for (int32_t i = 0; i < rule->length; i++) {
    lanes code;
    LANES_BOUNDED(code, *inverse * (values[i] - *minimum), 0, rule->highest, tame);
    const lanes weighted = weights[i] * code;
    sum_l += weighted;
    sum_ll += weighted * code;
    sum_xl += weighted * values[i];
    codes[i] = code;
  }
  sums->l = sum_l;
  sums->ll = sum_ll;
  sums->xl = sum_xl;
}

LANES_INLINE void affine_error(const lanes *values, const lanes *weights, const lanes *codes,
                               const lanes *scale, const lanes *minimum, const affine_rule *rule,
                               lanes *error) {
  lanes sum = 0;
#pragma clang loop unroll_count(4)
  for (int32_t i = 0; i < rule->length; i++) {
    lanes distance = *scale * codes[i] + *minimum - values[i];
    distance = rule->absolute ? LANES_MAGNITUDE(distance) : distance * distance;
    sum += weights[i] * distance;
  }
  *error = sum;
}

// Whether every quotient of a grid stays where rounding by addition holds: the ends decide.
LANES_INLINE int affine_is_tame(const lanes *inverse, const lanes *minimum, const lanes *lowest,
                                const lanes *highest) {
  const lanes low = LANES_MAGNITUDE(*inverse * (*lowest - *minimum));
  const lanes high = LANES_MAGNITUDE(*inverse * (*highest - *minimum));
  return !LANES_ANY(~((low < 4194303.0f) & (high < 4194303.0f)));
}

// The codes on a grid, and their sums.
LANES_INLINE void affine_codes(const lanes *values, const lanes *weights, const lanes *inverse,
                               const lanes *minimum, const lanes *lowest, const lanes *highest,
                               const affine_rule *rule, lanes *codes, affine_sums *sums) {
  if (affine_is_tame(inverse, minimum, lowest, highest)) {
    affine_codes_of(values, weights, inverse, minimum, rule, 1, codes, sums);
  } else {
    affine_codes_of(values, weights, inverse, minimum, rule, 0, codes, sums);
  }
}

// value = scale * code - minimum with minimum >= 0, by weighted least squares on each of several
// grids. A lane of equal values, none above 0, gets scale 0, codes 0, and its magnitude as minimum.
LANES_INLINE void affine_search(const lanes *values, const lanes *weights, const affine_rule *rule,
                                lanes *scales, lanes *minima, lanes *weight_sums, lanes *codes) {
  lanes lowest = values[0], highest = values[0];
  lanes sum_w = weights[0], sum_wx = weights[0] * values[0];
  for (int32_t i = 1; i < rule->length; i++) {
    lowest = values[i] < lowest ? values[i] : lowest;
    highest = values[i] > highest ? values[i] : highest;
    sum_w += weights[i];
    sum_wx += weights[i] * values[i];
  }
  lanes minimum = lowest > 0.0f ? (lanes)0 : lowest;
  const lanes flat_minimum = -minimum;
  const lane_masks flat = highest == minimum;
  highest = flat ? minimum + 1.0f : highest;  // keeps infinities out of a lane that is done

  lanes inverse = (float)rule->highest / (highest - minimum);
  lanes scale = 1.0f / inverse;
  lanes best_inverse = inverse, best_start = minimum, best_error;
  affine_sums sums;
  affine_codes(values, weights, &inverse, &minimum, &lowest, &highest, rule, codes, &sums);
  affine_error(values, weights, codes, &scale, &minimum, rule, &best_error);

  for (int32_t step = 0; step <= rule->steps; step++) {
    inverse = (rule->first + rule->step * (float)step + (float)rule->highest) / (highest - minimum);
    affine_codes(values, weights, &inverse, &minimum, &lowest, &highest, rule, codes, &sums);
    const lanes determinant = sum_w * sums.ll - sums.l * sums.l;
    lanes new_scale = (sum_w * sums.xl - sum_wx * sums.l) / determinant;
    lanes new_minimum = (sums.ll * sum_wx - sums.l * sums.xl) / determinant;
    const lane_masks positive = new_minimum > 0.0f;
    new_scale = positive ? sums.xl / sums.ll : new_scale;
    new_minimum = positive ? (lanes)0 : new_minimum;
    lanes error;
    affine_error(values, weights, codes, &new_scale, &new_minimum, rule, &error);
    const lane_masks better = (determinant > 0.0f) & (error < best_error);
    best_error = better ? error : best_error;
    best_inverse = better ? inverse : best_inverse;
    best_start = better ? minimum : best_start;
    scale = better ? new_scale : scale;
    minimum = better ? new_minimum : minimum;  // the next grid starts there
  }

  affine_codes(values, weights, &best_inverse, &best_start, &lowest, &highest, rule, codes, &sums);
  for (int32_t i = 0; i < rule->length; i++) codes[i] = flat ? (lanes)0 : codes[i];
  *scales = flat ? (lanes)0 : scale;
  *minima = flat ? flat_minimum : -minimum;
  *weight_sums = sum_w;
}

// The value of largest magnitude, sign and all; the first of several.
LANES_INLINE void lanes_extreme(const lanes *values, int32_t length, lanes *extreme) {
  lanes largest = 0;
  *extreme = 0;
  for (int32_t i = 0; i < length; i++) {
    const lanes magnitude = LANES_MAGNITUDE(values[i]);
    *extreme = magnitude > largest ? values[i] : *extreme;
    largest = magnitude > largest ? magnitude : largest;
  }
}

// value = scale * code, codes from -reach to reach - 1: 19 grids, the scale of each by weighted
// least squares, and the one that explains most. Codes come out from 0; a negligible lane has them
// all 0. Quotients of finite values are tame; those of scales, which may have overflown, are not.
LANES_INLINE void symmetric_search(const lanes *values, const lanes *weights, int32_t length,
                                   int32_t reach, int tame, lanes *scales, lanes *codes) {
  lanes weighted_values[lane_count];
  lanes extreme;
  lanes_extreme(values, length, &extreme);
  const lane_masks absent = LANES_MAGNITUDE(extreme) < negligible;
  extreme = absent ? (lanes)1 : extreme;
  for (int32_t i = 0; i < length; i++) weighted_values[i] = weights[i] * values[i];

  lanes scale = 0, best = 0, best_inverse = 0;
  for (int32_t candidate = 0; candidate < 19; candidate++) {
    // The plain grid first, then a tenth of a step more or less each: -9 to -1, 1 to 9.
    const int32_t tenths = candidate == 0 ? 0 : candidate < 10 ? candidate - 10 : candidate - 9;
    const lanes inverse = -((float)reach + 0.1f * (float)tenths) / extreme;
    lanes sum_xl = 0, sum_ll = 0;
#pragma clang loop unroll_count(4)
    for (int32_t i = 0; i < length; i++) {
      lanes code;
      LANES_BOUNDED(code, inverse * values[i], -reach, reach - 1, tame);
      sum_xl += weighted_values[i] * code;
      sum_ll += weights[i] * code * code;
    }
    if (candidate == 0) {
      scale = sum_ll != 0.0f ? sum_xl / sum_ll : (lanes)0;
      best = scale * sum_xl;
      best_inverse = inverse;
      continue;
    }
    const lane_masks better = (sum_ll > 0.0f) & (sum_xl * sum_xl > best * sum_ll);
    scale = better ? sum_xl / sum_ll : scale;
    best = better ? scale * sum_xl : best;
    best_inverse = better ? inverse : best_inverse;
  }
  for (int32_t i = 0; i < length; i++) {
    lanes code;
    LANES_BOUNDED(code, best_inverse * values[i], -reach, reach - 1, tame);
    codes[i] = absent ? (lanes)0 : code + (float)reach;
  }
  *scales = absent ? (lanes)0 : scale;
}

// value = scale * code, codes from -reach to reach - 1, weights the squares of the values: from the
// plain grid, each code in turn moves to where the scale fitted to the others wants it, up to five
// sweeps. A lane that a sweep left alone is left alone by the next one too.
LANES_INLINE void sweep_search(const lanes *values, int32_t length, int32_t reach, lanes *scales,
                               lanes *codes) {
  lanes extreme;
  lanes_extreme(values, length, &extreme);
  const lane_masks absent = LANES_MAGNITUDE(extreme) < negligible;
  extreme = absent ? (lanes)1 : extreme;
  const lanes inverse = -(float)reach / extreme;
  lanes sum_xl = 0, sum_ll = 0;
  for (int32_t i = 0; i < length; i++) {
    LANES_BOUNDED(codes[i], inverse * values[i], -reach, reach - 1, 1);
    const lanes weight = values[i] * values[i];
    sum_xl += weight * values[i] * codes[i];
    sum_ll += weight * codes[i] * codes[i];
  }
  for (int32_t sweep = 0; sweep < 5; sweep++) {
    lane_masks changed = 0;
    for (int32_t i = 0; i < length; i++) {
      const lanes weight = values[i] * values[i], old = codes[i];
      lanes rest_xl = sum_xl - weight * values[i] * old;
      lanes rest_ll = sum_ll - weight * old * old;
      const lane_masks open = rest_xl > 0.0f;
      lanes code;
      LANES_BOUNDED(code, values[i] * rest_ll / rest_xl, -reach, reach - 1, 0);
      rest_xl += weight * values[i] * code;
      rest_ll += weight * code * code;
      const lane_masks better = open & (code != old) & (rest_ll > 0.0f)
                                & (rest_xl * rest_xl * sum_ll > sum_xl * sum_xl * rest_ll);
      codes[i] = better ? code : old;
      sum_xl = better ? rest_xl : sum_xl;
      sum_ll = better ? rest_ll : sum_ll;
      changed |= better;
    }
    if (!LANES_ANY(changed)) break;
  }
  for (int32_t i = 0; i < length; i++) codes[i] = absent ? (lanes)0 : codes[i] + (float)reach;
  *scales = (~absent & (sum_ll > 0.0f)) ? sum_xl / sum_ll : (lanes)0;
}

// value = scale * code for the scales of a block, codes from 0 to highest, sixteen blocks at once:
// nine grids by squared error, then up to five sweeps as above. Codes are bytes; a negative one,
// which an importance of zeros can bring about, counts as 256 more once it is stored.
LANES_INLINE void positive_search(const lanes *values, const lanes *weights, int32_t length,
                                  int32_t highest, lanes *scales, lane_masks *codes) {
  lanes largest = 0;
  for (int32_t i = 0; i < length; i++) largest = values[i] > largest ? values[i] : largest;
  const lane_masks absent = largest < negligible;
  largest = absent ? (lanes)1 : largest;
  lanes best_inverse = 0, best_error = 0;
  for (int32_t candidate = 0; candidate < 9; candidate++) {
    // The plain grid first, whose codes are stored at once, then -4 to -1 and 1 to 4 tenths.
    const int32_t tenths = candidate == 0 ? 0 : candidate < 5 ? candidate - 5 : candidate - 4;
    const lanes inverse = (0.1f * (float)tenths + (float)highest) / largest;
    const lanes scale = 1.0f / inverse;
    lanes error = 0;
    for (int32_t i = 0; i < length; i++) {
      lane_masks code = LANES_NEAREST(inverse * values[i]);
      code = __builtin_elementwise_min(code, (lane_masks)highest);
      code = candidate == 0 ? code & 255 : code;
      const lanes distance = values[i] - scale * __builtin_convertvector(code, lanes);
      error += weights[i] * distance * distance;
    }
    const lane_masks better = candidate == 0 ? (lane_masks)-1 : error < best_error;
    best_error = better ? error : best_error;
    best_inverse = better ? inverse : best_inverse;
  }
  lanes sum_xl = 0, sum_ll = 0;
  for (int32_t i = 0; i < length; i++) {
    lane_masks code = LANES_NEAREST(best_inverse * values[i]);
    code = __builtin_elementwise_min(code, (lane_masks)highest);
    const lanes level = __builtin_convertvector(code, lanes);
    sum_xl += weights[i] * values[i] * level;
    sum_ll += weights[i] * level * level;
    codes[i] = code & 255;
  }
  for (int32_t sweep = 0; sweep < 5; sweep++) {
    lane_masks changed = 0;
    for (int32_t i = 0; i < length; i++) {
      const lanes old = __builtin_convertvector(codes[i], lanes);
      lanes rest_xl = sum_xl - weights[i] * values[i] * old;
      lanes rest_ll = sum_ll - weights[i] * old * old;
      const lane_masks open = (rest_xl > 0.0f) & (rest_ll > 0.0f);
      lane_masks code = LANES_NEAREST(values[i] * rest_ll / rest_xl);
      code = __builtin_elementwise_min(code, (lane_masks)highest);
      const lanes level = __builtin_convertvector(code, lanes);
      rest_xl += weights[i] * values[i] * level;
      rest_ll += weights[i] * level * level;
      const lane_masks better = open & (code != codes[i])
                                & (rest_xl * rest_xl * sum_ll > sum_xl * sum_xl * rest_ll);
      codes[i] = better ? code & 255 : codes[i];
      sum_xl = better ? rest_xl : sum_xl;
      sum_ll = better ? rest_ll : sum_ll;
      changed |= better;
    }
    if (!LANES_ANY(changed)) break;
  }
  for (int32_t i = 0; i < length; i++) codes[i] = absent ? (lane_masks)0 : codes[i];
  *scales = (~absent & (sum_ll > 0.0f)) ? sum_xl / sum_ll : (lanes)0;
}

// The nearest integer of one number, as LANES_NEAREST.
NIBBLE_INLINE int32_t nearest(float value) {
  return (bits_of(value + rounder) & 0x007FFFFF) - 0x00400000;
}

NIBBLE_INLINE int32_t at_most(int32_t limit, int32_t value) {
  return value < limit ? value : limit;
}

#endif
