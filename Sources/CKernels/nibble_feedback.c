#include "nibble_feedback.h"

#include "nibble_affine_parameters.h"
#include "nibble_clones.h"
#include "nibble_rounding.h"

// Sums in the order in which the columns come, products rounded: the Swift twin gives the same bits.
#pragma STDC FP_CONTRACT OFF

enum { lanes = 16, vectors = NIBBLE_STRIP / lanes };

typedef float vector __attribute__((vector_size(lanes * sizeof(float)), aligned(4)));
typedef int32_t int_vector __attribute__((vector_size(lanes * sizeof(int32_t)), aligned(4)));

// One column of 64 rows, in registers.
typedef struct {
  vector part[vectors];
} column;

NIBBLE_INLINE column load(const float *values) {
  column result;
  for (int v = 0; v < vectors; v++) result.part[v] = *(const vector *)(values + v * lanes);
  return result;
}

NIBBLE_INLINE void store(float *values, column from) {
  for (int v = 0; v < vectors; v++) *(vector *)(values + v * lanes) = from.part[v];
}

// The column c without what the columns [first, last) have passed on to it.
NIBBLE_INLINE column taken(column value, const float *errors, const float *factor,
                           ptrdiff_t leading, ptrdiff_t first, ptrdiff_t last, ptrdiff_t c) {
  for (ptrdiff_t i = first; i < last; i++) {
    const float weight = factor[i * leading + c];
    const float *error = errors + i * NIBBLE_STRIP;
    for (int v = 0; v < vectors; v++)
      value.part[v] -= weight * *(const vector *)(error + v * lanes);
  }
  return value;
}

NIBBLE_CLONES
void nibble_feedback_catch_up(float *strip, const float *errors, const float *factor,
                              ptrdiff_t leading, ptrdiff_t done, ptrdiff_t first, ptrdiff_t last) {
  for (ptrdiff_t c = first; c < last; c++) {
    float *values = strip + c * NIBBLE_STRIP;
    store(values, taken(load(values), errors, factor, leading, 0, done, c));
  }
}

// value, but at least low and at most high; a comparison is a vector of ones and zeros.
NIBBLE_INLINE void clamp(vector *value, const vector *low, const vector *high) {
  const int_vector below = *value < *low, above = *value > *high;
  *value = (vector)(((int_vector)*low & below) | ((int_vector)*high & above) |
                    ((int_vector)*value & ~(below | above)));
}

NIBBLE_CLONES
void nibble_feedback_sweep(float *strip, float *errors, uint8_t *codes, const float *factor,
                           ptrdiff_t leading, ptrdiff_t from, ptrdiff_t first, ptrdiff_t last,
                           const float *scales, const float *zero_points, int32_t lowest,
                           int32_t highest, float *losses) {
  const column scale = load(scales), zero = load(zero_points);
  column loss = load(losses);
  for (ptrdiff_t c = first; c < last; c++) {
    float *values = strip + c * NIBBLE_STRIP;
    const column weight = taken(load(values), errors, factor, leading, from, c, c);
    const float pivot = factor[c * leading + c];
    for (int v = 0; v < vectors; v++) {
      const vector low = (float)lowest - zero.part[v], high = (float)highest - zero.part[v];
      // The ends are whole, so clamping first is the same.
      vector steps = weight.part[v] / scale.part[v];
      clamp(&steps, &low, &high);
      steps = (steps + rounder) - rounder;
      const vector error = (weight.part[v] - steps * scale.part[v]) / pivot;
      *(vector *)(errors + c * NIBBLE_STRIP + v * lanes) = error;
      loss.part[v] += error * error * 0.5f;
      const int_vector code = __builtin_convertvector(steps + zero.part[v], int_vector);
      for (int i = 0; i < lanes; i++) codes[c * NIBBLE_STRIP + v * lanes + i] = (uint8_t)code[i];
    }
  }
  store(losses, loss);
}

NIBBLE_CLONES
void nibble_feedback_fit(const float *values, ptrdiff_t stride, ptrdiff_t columns,
                         const nibble_affine_rule *rule, float *scales, float *zero_points) {
  float lowest[NIBBLE_STRIP] = {0}, highest[NIBBLE_STRIP] = {0};
  for (ptrdiff_t c = 0; c < columns; c++) {
    const float *restrict value = values + c * stride;
    for (int i = 0; i < NIBBLE_STRIP; i++) {
      lowest[i] = value[i] < lowest[i] ? value[i] : lowest[i];
      highest[i] = value[i] > highest[i] ? value[i] : highest[i];
    }
  }
  for (int i = 0; i < NIBBLE_STRIP; i++) {
    ptrdiff_t zero_point;
    parameters_of(rule, lowest[i], highest[i], &scales[i], &zero_point);
    zero_points[i] = (float)zero_point;
  }
}
