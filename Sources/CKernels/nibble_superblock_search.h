// The three searches for a sub-block's scale, sixteen sub-blocks at once.
//
// Every lane does what the Swift twins (AffineScaleSearch, SymmetricScaleSearch, ScaleSweeps) do, in
// their order of operations. Branches became selections: a lane that has nothing to gain keeps what it
// has. Values lie transposed: values[i] holds element i of all sixteen sub-blocks.
#ifndef NIBBLE_SUPERBLOCK_SEARCH_H
#define NIBBLE_SUPERBLOCK_SEARCH_H

#include "nibble_superblock_lanes.h"

// A lane whose largest magnitude is below this has no scale.
static const float negligible = 1e-15f;

// round-half-to-even by addition, as integers: exact for |v| < 2^22, and beyond it the same wrong
// number that the plain code gets, because it only looks at the low 23 bits of the sum.
#define LANES_NEAREST(values) ((LANES_AS_BITS((values) + rounder) & 0x007FFFFF) - 0x00400000)

// The nearest integer, kept between two bounds, as a float. `tame` says that all |v| < 2^22; then the
// bits of the sum can be bounded as they are.
#define LANES_BOUNDED(result, values, lowest, highest, tame)                               \
  do {                                                                                     \
    const lanes quotients_ = (values);                                                     \
    lane_masks rounded_;                                                                   \
    if (tame) {                                                                            \
      rounded_ = LANES_AS_BITS(quotients_ + rounder);                                      \
      rounded_ = __builtin_elementwise_max(rounded_, (lane_masks)(rounder_bits + (lowest)));  \
      rounded_ = __builtin_elementwise_min(rounded_, (lane_masks)(rounder_bits + (highest))); \
      result = LANES_OF_BITS(rounded_) - rounder;                                          \
    } else {                                                                               \
      rounded_ = LANES_NEAREST(quotients_);                                                \
      rounded_ = __builtin_elementwise_max(rounded_, (lane_masks)(lowest));                \
      rounded_ = __builtin_elementwise_min(rounded_, (lane_masks)(highest));               \
      result = __builtin_convertvector(rounded_, lanes);                                   \
    }                                                                                      \
  } while (0)

// How the grids of an affine search follow each other.
typedef struct {
  int32_t length;     // elements in a sub-block, at most 32
  int32_t highest;    // the largest code
  int32_t steps;      // the last of the grids, the first being 0
  int32_t absolute;   // 1: errors are magnitudes, 0: squares
  float first, step;  // grid t has `highest + first + step * t` steps from the minimum to the maximum
} affine_rule;

LANES_INLINE void affine_codes(const lanes *values, const lanes *inverse, const lanes *minimum,
                               const affine_rule *rule, int tame, lanes *codes) {
  for (int32_t i = 0; i < rule->length; i++) {
    LANES_BOUNDED(codes[i], *inverse * (values[i] - *minimum), 0, rule->highest, tame);
  }
}

LANES_INLINE void affine_error(const lanes *values, const lanes *weights, const lanes *codes,
                               const lanes *scale, const lanes *minimum, const affine_rule *rule,
                               lanes *error) {
  *error = 0;
  for (int32_t i = 0; i < rule->length; i++) {
    lanes distance = *scale * codes[i] + *minimum - values[i];
    distance = rule->absolute ? LANES_MAGNITUDE(distance) : distance * distance;
    *error += weights[i] * distance;
  }
}

// Whether every quotient of a grid stays where rounding by addition holds: the ends decide.
LANES_INLINE int affine_is_tame(const lanes *inverse, const lanes *minimum, const lanes *lowest,
                                const lanes *highest) {
  const lanes low = LANES_MAGNITUDE(*inverse * (*lowest - *minimum));
  const lanes high = LANES_MAGNITUDE(*inverse * (*highest - *minimum));
  return !LANES_ANY(~((low < 4194303.0f) & (high < 4194303.0f)));
}

// value = scale * code - minimum with minimum >= 0, by weighted least squares on each of several grids.
// A lane of equal values, none above 0, gets scale 0, codes 0, and its magnitude as minimum.
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
  int tame = affine_is_tame(&inverse, &minimum, &lowest, &highest);
  affine_codes(values, &inverse, &minimum, rule, tame, codes);
  affine_error(values, weights, codes, &scale, &minimum, rule, &best_error);

  for (int32_t step = 0; step <= rule->steps; step++) {
    inverse = (rule->first + rule->step * (float)step + (float)rule->highest) / (highest - minimum);
    tame = affine_is_tame(&inverse, &minimum, &lowest, &highest);
    affine_codes(values, &inverse, &minimum, rule, tame, codes);
    lanes sum_l = 0, sum_ll = 0, sum_xl = 0;
    for (int32_t i = 0; i < rule->length; i++) {
      const lanes weighted = weights[i] * codes[i];
      sum_l += weighted;
      sum_ll += weighted * codes[i];
      sum_xl += weighted * values[i];
    }
    const lanes determinant = sum_w * sum_ll - sum_l * sum_l;
    lanes new_scale = (sum_w * sum_xl - sum_wx * sum_l) / determinant;
    lanes new_minimum = (sum_ll * sum_wx - sum_l * sum_xl) / determinant;
    const lane_masks positive = new_minimum > 0.0f;
    new_scale = positive ? sum_xl / sum_ll : new_scale;
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

  tame = affine_is_tame(&best_inverse, &best_start, &lowest, &highest);
  affine_codes(values, &best_inverse, &best_start, rule, tame, codes);
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

// value = scale * code, codes from -reach to reach - 1: 19 grids, the scale of each by weighted least
// squares, and the one that explains most. Codes come out from 0; a negligible lane has them all 0. Quotients
// of finite values are tame; those of scales, which may have overflown, are not.
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

// The nearest integer of one number, as LANES_NEAREST.
NIBBLE_INLINE int32_t nearest(float value) {
  return (bits_of(value + rounder) & 0x007FFFFF) - 0x00400000;
}

NIBBLE_INLINE int32_t at_most(int32_t limit, int32_t value) { return value < limit ? value : limit; }

// value = scale * code for the few scales of one block, none negative, codes from 0 to highest: nine
// grids by squared error, then up to five sweeps as above. One block only, so plain loops.
NIBBLE_INLINE float positive_search(const float *values, const float *weights, int32_t length,
                                    int32_t highest, uint8_t *codes) {
  float largest = 0;
  for (int32_t i = 0; i < length; i++) largest = values[i] > largest ? values[i] : largest;
  for (int32_t i = 0; i < length; i++) codes[i] = 0;
  if (largest < negligible) return 0;
  float best_inverse = 0, best_error = 0;
  for (int32_t candidate = 0; candidate < 9; candidate++) {
    // The plain grid first, then -4 to -1 and 1 to 4 tenths.
    const int32_t tenths = candidate == 0 ? 0 : candidate < 5 ? candidate - 5 : candidate - 4;
    const float inverse = (0.1f * (float)tenths + (float)highest) / largest;
    const float scale = 1.0f / inverse;
    float error = 0;
    for (int32_t i = 0; i < length; i++) {
      int32_t code = at_most(highest, nearest(inverse * values[i]));
      if (candidate == 0) code = (uint8_t)code;  // a byte: a negative code counts as 256 more
      const float distance = values[i] - scale * (float)code;
      error += weights[i] * distance * distance;
    }
    if (candidate == 0 || error < best_error) {
      best_error = error;
      best_inverse = inverse;
    }
  }
  float sum_xl = 0, sum_ll = 0;
  for (int32_t i = 0; i < length; i++) {
    const int32_t code = at_most(highest, nearest(best_inverse * values[i]));
    codes[i] = (uint8_t)code;
    sum_xl += weights[i] * values[i] * (float)code;
    sum_ll += weights[i] * (float)code * (float)code;
  }
  for (int32_t sweep = 0; sweep < 5; sweep++) {
    int changed = 0;
    for (int32_t i = 0; i < length; i++) {
      const float weight = weights[i], value = values[i], old = (float)codes[i];
      float rest_xl = sum_xl - weight * value * old;
      float rest_ll = sum_ll - weight * old * old;
      if (!(rest_xl > 0 && rest_ll > 0)) continue;
      const int32_t code = at_most(highest, nearest(value * rest_ll / rest_xl));
      if (code == codes[i]) continue;
      rest_xl += weight * value * (float)code;
      rest_ll += weight * (float)code * (float)code;
      if (rest_xl * rest_xl * sum_ll > sum_xl * sum_xl * rest_ll) {
        codes[i] = (uint8_t)code;
        sum_xl = rest_xl;
        sum_ll = rest_ll;
        changed = 1;
      }
    }
    if (!changed) break;
  }
  return sum_ll > 0 ? sum_xl / sum_ll : 0;
}

#endif
