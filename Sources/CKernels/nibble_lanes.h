// Sums in sixteen lanes whatever the processor, so that every clone adds in the same order.
#ifndef NIBBLE_LANES_H
#define NIBBLE_LANES_H

#include <stdint.h>
#include <string.h>

#include "nibble_clones.h"

// Vectors are handed to helpers that melt into their caller, so no calling convention is at stake.
#pragma clang diagnostic ignored "-Wpsabi"

enum { lanes = 16 };
typedef float lane_floats __attribute__((vector_size(64)));
typedef int32_t lane_bits __attribute__((vector_size(64)));

NIBBLE_INLINE lane_floats sixteen(const float *values) {
  lane_floats loaded;
  memcpy(&loaded, values, sizeof loaded);
  return loaded;
}

// The lanes added in halves: 8 + 8, 4 + 4, 2 + 2, 1 + 1.
NIBBLE_INLINE float lane_total(lane_floats v) {
  v += __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  v += __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  v += __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  return v[0] + v[1];
}

NIBBLE_INLINE float lane_sum(const float *x, ptrdiff_t count) {
  lane_floats sums = {0};
  ptrdiff_t i = 0;
  for (; i + lanes <= count; i += lanes) sums += sixteen(x + i);
  float sum = lane_total(sums);
  for (; i < count; i++) sum += x[i];
  return sum;
}

NIBBLE_INLINE float lane_dot(const float *x, const float *y, ptrdiff_t count) {
  lane_floats sums = {0};
  ptrdiff_t i = 0;
  for (; i + lanes <= count; i += lanes) sums += sixteen(x + i) * sixteen(y + i);
  float sum = lane_total(sums);
  for (; i < count; i++) sum += x[i] * y[i];
  return sum;
}

NIBBLE_INLINE float lane_maximum(const float *x, ptrdiff_t count) {
  float largest = x[0];
  ptrdiff_t i = 0;
  if (count >= lanes) {
    lane_floats most = sixteen(x);
    for (i = lanes; i + lanes <= count; i += lanes) {
      const lane_floats v = sixteen(x + i);
      const lane_bits larger = v > most;
      most = (lane_floats)(((lane_bits)v & larger) | ((lane_bits)most & ~larger));
    }
    for (int j = 0; j < lanes; j++) largest = most[j] > largest ? most[j] : largest;
  }
  for (; i < count; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

#endif
