// The searches of the block formats with the trials side by side: each sum runs over a run's values in
// their order, as it must for the same bits, and sixteen or so trials are one vector.
#include <math.h>

#include "nibble_blocks.h"
#include "nibble_clones.h"
#include "nibble_rounding.h"

#pragma STDC FP_CONTRACT OFF

static const float smallest_magnitude = 1e-15f;

NIBBLE_INLINE float extreme_of(const float *values, ptrdiff_t count) {
  float magnitude = 0, extreme = 0;
  for (ptrdiff_t i = 0; i < count; i++) {
    const float size = fabsf(values[i]);
    if (size > magnitude) {
      magnitude = size;
      extreme = values[i];
    }
  }
  return magnitude < smallest_magnitude ? 0 : extreme;
}

// Half to even, for |value| < 2^22; beyond it the bits that are left.
NIBBLE_INLINE int32_t nearest(float value) {
  return (bits_of(value + rounder) & 0x007FFFFF) - 0x00400000;
}

NIBBLE_INLINE int32_t clamped(int32_t value, int32_t lowest, int32_t highest) {
  value = value < highest ? value : highest;
  return value > lowest ? value : lowest;
}

// The trial with the largest products^2 / squares, later ones only where they are better; its scale.
NIBBLE_INLINE int best_trial(const float *products, const float *squares, int trials,
                             float *scale) {
  int winner = 0;
  *scale = squares[0] > 0 ? products[0] / squares[0] : 0;
  float best = *scale * products[0];
  for (int trial = 1; trial < trials; trial++) {
    if (squares[trial] > 0 && products[trial] * products[trial] > best * squares[trial]) {
      *scale = products[trial] / squares[trial];
      best = *scale * products[trial];
      winner = trial;
    }
  }
  return winner;
}

enum { level_trials = 16 };

// The level nearest to a value as a sum: every middle that it has reached adds its step.
NIBBLE_INLINE float level_of(float value, const float middles[15], const float steps[16]) {
  float level = steps[0];
#pragma clang loop unroll(full)
  for (int i = 0; i < 15; i++) level += value >= middles[i] ? steps[i + 1] : 0;
  return level;
}

NIBBLE_INLINE void take_levels(const float *levels, float middles[15], float steps[16]) {
  steps[0] = levels[0];
  for (int i = 0; i < 15; i++) {
    steps[i + 1] = levels[i + 1] - levels[i];
    middles[i] = (levels[i] + levels[i + 1]) / 2;
  }
}

NIBBLE_CLONES
float nibble_level_scale(const float *values, const float *weights, const float *levels) {
  float middles[15], steps[16], inverses[level_trials];
  float products[level_trials] = {0}, squares[level_trials] = {0}, scale;
  const float extreme = extreme_of(values, 32);
  if (extreme == 0) return 0;
  take_levels(levels, middles, steps);
  inverses[0] = 1 / (-extreme / levels[0]);
  for (int trial = 1; trial < level_trials; trial++)
    inverses[trial] = ((float)(trial - 8) + levels[0]) / extreme;
  for (int i = 0; i < 32; i++) {
    for (int trial = 0; trial < level_trials; trial++) {
      const float level = level_of(inverses[trial] * values[i], middles, steps);
      const float weighted = weights[i] * level;
      products[trial] += weighted * values[i];
      squares[trial] += weighted * level;
    }
  }
  best_trial(products, squares, level_trials, &scale);
  return scale;
}

NIBBLE_CLONES
void nibble_level_codes(const float *values, float inverse, const float *levels, uint8_t *bytes) {
  float middles[15], steps[16];
  int32_t codes[32];
  take_levels(levels, middles, steps);
  for (int i = 0; i < 32; i++) {
    const float value = inverse * values[i];
    int32_t code = 0;
#pragma clang loop unroll(full)
    for (int level = 0; level < 15; level++) code += value >= middles[level] ? 1 : 0;
    codes[i] = code;
  }
  for (int i = 0; i < 16; i++) bytes[i] = (uint8_t)(codes[i] | codes[i + 16] << 4);
}

enum { symmetric_trials = 19, symmetric_lanes = 20 };

NIBBLE_CLONES
float nibble_symmetric_search(const float *values, ptrdiff_t count, int32_t limit,
                              const float *weights, uint8_t *codes) {
  const float extreme = extreme_of(values, count);
  if (extreme == 0) {
    memset(codes, 0, (size_t)count);
    return 0;
  }
  float inverses[symmetric_lanes] = {0}, scale;
  float products[symmetric_lanes] = {0}, squares[symmetric_lanes] = {0};
  inverses[0] = (float)-limit / extreme;
  for (int trial = 1; trial < symmetric_trials; trial++) {
    const int step = trial < 10 ? trial - 10 : trial - 9;
    inverses[trial] = -((float)limit + 0.1f * (float)step) / extreme;
  }
  for (ptrdiff_t i = 0; i < count; i++) {
    const float value = values[i], weight = weights[i], weighted = weight * value;
    for (int trial = 0; trial < symmetric_lanes; trial++) {
      const float level = (float)clamped(nearest(inverses[trial] * value), -limit, limit - 1);
      products[trial] += weighted * level;
      squares[trial] += weight * level * level;
    }
  }
  const float inverse = inverses[best_trial(products, squares, symmetric_trials, &scale)];
  for (ptrdiff_t i = 0; i < count; i++)
    codes[i] = (uint8_t)(clamped(nearest(inverse * values[i]), -limit, limit - 1) + limit);
  return scale;
}

enum { affine_lanes = 16 };

// Sixteen trials at a time from one on, each from the minimum that holds now. The first that beats the
// best changes the minimum, so the search begins anew behind it.
NIBBLE_CLONES
float nibble_affine_search(const float *values, ptrdiff_t count, const float *weights,
                           int32_t largest, float first, float growth, int32_t trials,
                           uint8_t *codes, float *minimum) {
  float least = values[0], most = values[0];
  float weight_sum = weights[0], value_sum = weights[0] * values[0];
  for (ptrdiff_t i = 1; i < count; i++) {
    least = values[i] < least ? values[i] : least;
    most = values[i] > most ? values[i] : most;
    weight_sum += weights[i];
    value_sum += weights[i] * values[i];
  }
  if (least > 0) least = 0;
  if (!(most > least)) {
    memset(codes, 0, (size_t)count);
    *minimum = -least;
    return 0;
  }
  float inverse = (float)largest / (most - least), scale = 1 / inverse, from = least, best = 0;
  float chosen = inverse, chosen_from = from;  // what the best codes were rounded with
  for (ptrdiff_t i = 0; i < count; i++) {
    const float level = (float)clamped(nearest(inverse * (values[i] - from)), 0, largest);
    const float difference = scale * level + from - values[i];
    best += weights[i] * (difference * difference);
  }
  for (int32_t start = 0; start <= trials;) {
    float inverses[affine_lanes], codes_sum[affine_lanes] = {0}, squares[affine_lanes] = {0};
    float products[affine_lanes] = {0}, errors[affine_lanes] = {0};
    float scales[affine_lanes], minimums[affine_lanes], determinants[affine_lanes];
    for (int lane = 0; lane < affine_lanes; lane++)
      inverses[lane] =
          (first + growth * (float)(start + lane) + (float)largest) / (most - from);
    for (ptrdiff_t i = 0; i < count; i++) {
      const float value = values[i], weight = weights[i], offset = value - from;
      for (int lane = 0; lane < affine_lanes; lane++) {
        const float level = (float)clamped(nearest(inverses[lane] * offset), 0, largest);
        const float weighted = weight * level;
        codes_sum[lane] += weighted;
        squares[lane] += weighted * level;
        products[lane] += weighted * value;
      }
    }
    for (int lane = 0; lane < affine_lanes; lane++) {
      const float determinant =
          weight_sum * squares[lane] - codes_sum[lane] * codes_sum[lane];
      const float fitted =
          (weight_sum * products[lane] - value_sum * codes_sum[lane]) / determinant;
      const float fitted_minimum =
          (squares[lane] * value_sum - codes_sum[lane] * products[lane]) / determinant;
      const float through_zero = products[lane] / squares[lane];
      determinants[lane] = determinant;
      scales[lane] = fitted_minimum > 0 ? through_zero : fitted;
      minimums[lane] = fitted_minimum > 0 ? 0 : fitted_minimum;
    }
    for (ptrdiff_t i = 0; i < count; i++) {
      const float value = values[i], weight = weights[i], offset = value - from;
      for (int lane = 0; lane < affine_lanes; lane++) {
        const float level = (float)clamped(nearest(inverses[lane] * offset), 0, largest);
        const float difference = scales[lane] * level + minimums[lane] - value;
        errors[lane] += weight * (difference * difference);
      }
    }
    int32_t next = start + affine_lanes;
    for (int lane = 0; lane < affine_lanes && start + lane <= trials; lane++) {
      if (!(determinants[lane] > 0 && errors[lane] < best)) continue;
      best = errors[lane];
      scale = scales[lane];
      chosen = inverses[lane];
      chosen_from = from;
      from = minimums[lane];
      next = start + lane + 1;
      break;
    }
    start = next;
  }
  for (ptrdiff_t i = 0; i < count; i++)
    codes[i] = (uint8_t)clamped(nearest(chosen * (values[i] - chosen_from)), 0, largest);
  *minimum = -from;
  return scale;
}

NIBBLE_CLONES
void nibble_minifloat_codes(const float *values, ptrdiff_t run, float half_scale, uint8_t *bytes) {
  const ptrdiff_t half = run / 2;
  if (!(half_scale > 0)) {
    memset(bytes, 0, (size_t)half);
    return;
  }
  float middles[7] = {0.5f, 1.5f, 2.5f, 3.5f, 5, 7, 10};
  for (int i = 0; i < 7; i++) middles[i] *= half_scale;
  int32_t codes[32];
  for (ptrdiff_t i = 0; i < run; i++) {
    const int32_t bits = bits_of(values[i]);
    const float magnitude = float_of(bits & 0x7FFFFFFF);
    int32_t code = 0;
#pragma clang loop unroll(full)
    for (int level = 0; level < 7; level++) code += magnitude > middles[level] ? 1 : 0;
    codes[i] = code | (code > 0 ? (int32_t)((uint32_t)bits >> 31) << 3 : 0);
  }
  for (ptrdiff_t i = 0; i < half; i++) bytes[i] = (uint8_t)(codes[i] | codes[i + half] << 4);
}
