#include "nibble_hqq.h"

#include "nibble_clones.h"
#include "nibble_powers.h"
#include "nibble_rounding.h"

#pragma STDC FP_CONTRACT OFF
// Vectors are handed to helpers that melt into their caller, so no calling convention is at stake.
#pragma clang diagnostic ignored "-Wpsabi"

// Sums run in sixteen lanes whatever the processor, so that every clone adds in the same order.
enum { lanes = 16 };
typedef float lane_floats __attribute__((vector_size(64)));
typedef int32_t lane_bits __attribute__((vector_size(64)));

NIBBLE_INLINE lane_floats spread(float value) { return value - (lane_floats){0}; }

NIBBLE_INLINE lane_floats sixteen(const float *values) {
  lane_floats loaded;
  memcpy(&loaded, values, sizeof loaded);
  return loaded;
}

NIBBLE_INLINE lane_floats where(lane_bits is_first, lane_floats first, lane_floats second) {
  return (lane_floats)(((lane_bits)first & is_first) | ((lane_bits)second & ~is_first));
}

// The lanes added in halves: 8 + 8, 4 + 4, 2 + 2, 1 + 1.
NIBBLE_INLINE float total(lane_floats v) {
  v += __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  return v[0] + v[1];
}

NIBBLE_INLINE float magnitude(float value) { return float_of(bits_of(value) & 0x7FFFFFFF); }

// clamp(round(steps), 0, top); the ends are whole, so clamping first is the same.
NIBBLE_INLINE float rounded(float steps, float top) {
  steps = steps > 0 ? steps : 0;
  steps = steps < top ? steps : top;
  return (steps + rounder) - rounder;
}

// The error of one weight after rounding, and what its code and it say about the zero point.
#define NIBBLE_HQQ_WEIGHT(i)                       \
  float scaled = run[i] * t;                       \
  float code = rounded(scaled + zero, top);        \
  float error = run[i] - (code - zero) / t;

// One pass with every error shrunk to zero; the largest magnitude says whether that was right.
NIBBLE_INLINE float plain_pass(const float *restrict run, ptrdiff_t count, float t, float zero,
                               float top, float *error_sum, float *largest) {
  lane_floats sums = {0}, errors = {0};
  lane_bits most = {0};  // magnitudes sort like their bits
  const lane_floats low = {0}, high = spread(top), ts = spread(t), zeros = spread(zero);
  ptrdiff_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    lane_floats weights = sixteen(run + i), scaled = weights * ts, code = scaled + zeros;
    code = where(code > low, code, low);
    code = where(code < high, code, high);
    code = (code + rounder) - rounder;
    lane_floats error = weights - (code - zeros) / ts;
    lane_bits size = (lane_bits)error & 0x7FFFFFFF;
    errors += (lane_floats)size;
    most = __builtin_elementwise_max(most, size);
    sums += code - scaled;
  }
  for (int lane = 0; i < count; i++, lane++) {
    NIBBLE_HQQ_WEIGHT(i)
    error = magnitude(error);
    errors[lane] += error;
    most[lane] = bits_of(error) > most[lane] ? bits_of(error) : most[lane];
    sums[lane] += code - scaled;
  }
  *largest = float_of(__builtin_reduce_max(most));
  *error_sum = total(errors);
  return total(sums);
}

// What a weight keeps apart: sign(d) max(|d| - |d|^(p-1) / beta, 0), and nothing in the dead zone.
NIBBLE_INLINE float shrunk(float error, float power, nibble_hqq_step step) {
  float size = magnitude(error);
  float outside = size > step.dead_zone ? size : 1;
  float rest = size - step.inverse_beta * power_of_two(power * binary_logarithm(outside));
  rest = size > step.dead_zone && rest > 0 ? rest : 0;
  return error < 0 ? -rest : rest;
}

// What sixteen weights, or fewer at the end of a group, say about the zero point.
NIBBLE_INLINE int32_t shrinking_terms(const float *restrict run, int count, float t, float zero,
                                      float top, float power, nibble_hqq_step step,
                                      float *restrict terms) {
  int32_t kept = 0;
  for (int i = 0; i < count; i++) {
    NIBBLE_HQQ_WEIGHT(i)
    float apart = shrunk(error, power, step);
    kept += apart != 0;
    terms[i] = code - (run[i] - apart) * t;
  }
  return kept;
}

// The pass again where an error is large enough to be kept apart.
NIBBLE_INLINE float shrinking_pass(const float *run, ptrdiff_t count, float t, float zero,
                                   float top, float power, nibble_hqq_step step, int64_t *moved) {
  float terms[lanes] = {0};
  lane_floats sums = {0};
  int32_t kept = 0;
  ptrdiff_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    kept += shrinking_terms(run + i, lanes, t, zero, top, power, step, terms);
    sums += sixteen(terms);
  }
  if (i < count) {
    memset(terms, 0, sizeof terms);
    kept += shrinking_terms(run + i, (int)(count - i), t, zero, top, power, step, terms);
    sums += sixteen(terms);
  }
  *moved += kept;
  return total(sums);
}

// Several groups side by side, as many as fit the nearest cache well: one group's next iteration
// waits on its last sum, and meanwhile the others go on.
enum { together = 16, near_weights = 4096 };

NIBBLE_CLONES
void nibble_hqq_refit(const float *weights, ptrdiff_t groups, ptrdiff_t group_size, float top,
                      float power, const float *inverse_scales, const float *start,
                      const nibble_hqq_step *steps, ptrdiff_t iterations, float *zeros,
                      ptrdiff_t stride, double *errors, int64_t *moved) {
  for (ptrdiff_t i = 0; i < iterations; i++) errors[i] = 0, moved[i] = 0;
  ptrdiff_t batch = near_weights / group_size;
  batch = batch < 1 ? 1 : batch > together ? together : batch;
  for (ptrdiff_t first = 0; first < groups; first += batch) {
    const ptrdiff_t end = first + batch < groups ? first + batch : groups;
    const float *before = start;
    for (ptrdiff_t i = 0; i < iterations; i++) {
      float *after = zeros + i * stride;
      for (ptrdiff_t group = first; group < end; group++) {
        const float *run = weights + group * group_size;
        const float t = inverse_scales[group], zero = before[group];
        float error, largest;
        float sum = plain_pass(run, group_size, t, zero, top, &error, &largest);
        if (largest > steps[i].dead_zone)
          sum = shrinking_pass(run, group_size, t, zero, top, power, steps[i], &moved[i]);
        errors[i] += error;
        after[group] = sum / (float)group_size;
      }
      before = after;
    }
  }
}

NIBBLE_CLONES
void nibble_hqq_start(const float *weights, ptrdiff_t groups, ptrdiff_t group_size, float top,
                      float *inverse_scales, float *zeros) {
  for (ptrdiff_t group = 0; group < groups; group++) {
    const float *run = weights + group * group_size;
    float lows[lanes], highs[lanes];
    for (int lane = 0; lane < lanes; lane++) lows[lane] = highs[lane] = run[0];
    ptrdiff_t i = 0;
    for (; i + lanes <= group_size; i += lanes) {
      for (int lane = 0; lane < lanes; lane++) {
        lows[lane] = run[i + lane] < lows[lane] ? run[i + lane] : lows[lane];
        highs[lane] = run[i + lane] > highs[lane] ? run[i + lane] : highs[lane];
      }
    }
    float low = run[0], high = run[0];
    for (; i < group_size; i++) {
      low = run[i] < low ? run[i] : low;
      high = run[i] > high ? run[i] : high;
    }
    for (int lane = 0; lane < lanes; lane++) {
      low = lows[lane] < low ? lows[lane] : low;
      high = highs[lane] > high ? highs[lane] : high;
    }
    float range = high - low;
    float t = range <= 1e-4f ? 1 : 1 / range * top;  // in this order, as the package divides
    t = t < 2e4f ? t : 2e4f;
    inverse_scales[group] = t;
    zeros[group] = -low * t;
  }
}

NIBBLE_CLONES
void nibble_hqq_finish(const float *weights, ptrdiff_t groups, ptrdiff_t group_size, float top,
                       const float *inverse_scales, const float *scales, const float *zeros,
                       uint8_t *codes, float *values) {
  for (ptrdiff_t group = 0; group < groups; group++) {
    const float *restrict run = weights + group * group_size;
    uint8_t *restrict code_run = codes + group * group_size;
    float *restrict value_run = values + group * group_size;
    const float t = inverse_scales[group], scale = scales[group], zero = zeros[group];
    for (ptrdiff_t i = 0; i < group_size; i++) {
      float code = rounded(run[i] * t + zero, top);
      code_run[i] = (uint8_t)(int32_t)code;
      value_run[i] = (code - zero) * scale;
    }
  }
}
