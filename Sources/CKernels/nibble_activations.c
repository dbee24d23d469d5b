// The C library takes exponentials one at a time; here they are taken sixteen at a time, 0.3 ns each.
#include "nibble_activations.h"

#include <float.h>
#include <math.h>

#include "nibble_vectors.h"

NIBBLE_CLONES
void nibble_relu(float *values, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) values[i] = values[i] < 0 ? 0 : values[i];
}

// x / (1 + e^-s) for a slope s that depends on x: SiLU with s = x; and since tanh(u) is
// 2 / (1 + e^-2u) - 1, GELU's approximation x (1 + tanh(u)) / 2 is the same with s = 2u.
VECTOR_INLINE void gate(vector *lanes, const int is_gelu) {
  const vector x = *lanes;
  vector falling = is_gelu ? x * (x * x * 0.044715f + 1.0f) * -1.5957691216057308f : -x;
  exponentiate(&falling);
  *lanes = x / (1.0f + falling);
}

VECTOR_INLINE void gate_all(float *values, ptrdiff_t count, const int is_gelu) {
  ptrdiff_t i = 0;
  vector x;
  for (; i + vector_width <= count; i += vector_width) {
    x = VECTOR_AT(values + i);
    gate(&x, is_gelu);
    SET_VECTOR_AT(values + i, x);
  }
  if (i < count) {
    load_some(values + i, count - i, &x);
    gate(&x, is_gelu);
    store_some(values + i, count - i, &x);
  }
}

NIBBLE_CLONES
void nibble_gelu_tanh(float *values, ptrdiff_t count) { gate_all(values, count, 1); }

NIBBLE_CLONES
void nibble_silu(float *values, ptrdiff_t count) { gate_all(values, count, 0); }

void nibble_gelu_erf(float *values, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++)
    values[i] *= 0.5f * (1 + erff(values[i] * 0.70710678118654752f));
}

NIBBLE_CLONES
void nibble_multiply(float *values, const float *factors, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) values[i] *= factors[i];
}

// The sum of (x - shift)^power over a row, power 1 or 2.
VECTOR_INLINE float row_sum(const float *row, ptrdiff_t columns, float shift, const int power) {
  vector sums = 0;
  ptrdiff_t k = 0;
  for (; k + vector_width <= columns; k += vector_width) {
    vector x = VECTOR_AT(row + k) - shift;
    sums += power == 2 ? x * x : x;
  }
  float rest = 0;
  for (; k < columns; k++) {
    float x = row[k] - shift;
    rest += power == 2 ? x * x : x;
  }
  return sum_of(&sums) + rest;
}

// A square beyond single precision would make the whole row 0, and what follows look sound: NaN instead.
static inline float inverse_root(float square, float epsilon) {
  return square <= FLT_MAX ? 1 / sqrtf(square + epsilon) : NAN;
}

NIBBLE_CLONES
void nibble_layer_norm(const float *inputs, ptrdiff_t rows, ptrdiff_t columns, const float *gain,
                       const float *offset, float epsilon, float *outputs) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = inputs + r * columns;
    float *output = outputs + r * columns;
    const float mean = row_sum(row, columns, 0, 1) / (float)columns;
    const float variance = row_sum(row, columns, mean, 2) / (float)columns;
    const float factor = inverse_root(variance, epsilon);
    for (ptrdiff_t k = 0; k < columns; k++) output[k] = (row[k] - mean) * factor;
    if (gain)
      for (ptrdiff_t k = 0; k < columns; k++) output[k] *= gain[k];
    if (offset)
      for (ptrdiff_t k = 0; k < columns; k++) output[k] += offset[k];
  }
}

NIBBLE_CLONES
void nibble_rms_norm(const float *inputs, ptrdiff_t rows, ptrdiff_t columns, const float *gain,
                     float epsilon, float *outputs) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *row = inputs + r * columns;
    float *output = outputs + r * columns;
    const float factor = inverse_root(row_sum(row, columns, 0, 2) / (float)columns, epsilon);
    for (ptrdiff_t k = 0; k < columns; k++) output[k] = row[k] * factor * gain[k];
  }
}

NIBBLE_CLONES
void nibble_rotate(float *values, ptrdiff_t rows, ptrdiff_t heads, ptrdiff_t size,
                   const float *cosines, const float *sines, int32_t interleaved) {
  const ptrdiff_t pairs = size / 2;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const float *restrict cosine = cosines + r * pairs, *restrict sine = sines + r * pairs;
    for (ptrdiff_t h = 0; h < heads; h++) {
      float *restrict head = values + (r * heads + h) * size;
      if (interleaved) {
        for (ptrdiff_t c = 0; c < pairs; c++) {
          const float x = head[2 * c], y = head[2 * c + 1];
          head[2 * c] = x * cosine[c] - y * sine[c];
          head[2 * c + 1] = y * cosine[c] + x * sine[c];
        }
      } else {
        for (ptrdiff_t c = 0; c < pairs; c++) {
          const float x = head[c], y = head[c + pairs];
          head[c] = x * cosine[c] - y * sine[c];
          head[c + pairs] = y * cosine[c] + x * sine[c];
        }
      }
    }
  }
}
