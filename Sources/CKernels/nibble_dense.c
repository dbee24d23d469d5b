// Bound by memory: a weight is read once and never again, so all that counts is that loads are wide, run
// ahead, and that nothing else is in the way. Half-precision weights are widened in registers, exactly.
#include "nibble_dense.h"

#include "nibble_vectors.h"

// How far the loads run ahead, in bytes: with it half-precision weights come 1.4 times faster from memory
// and four inputs at once 1.25 times; measured from 1024 to 8192.
enum { ahead = 8192 };

typedef uint16_t halves __attribute__((ext_vector_type(16)));
typedef uint32_t words __attribute__((ext_vector_type(16)));

#if defined(__FLT16_MAX__)
typedef _Float16 small_floats __attribute__((ext_vector_type(16)));
VECTOR_INLINE void widen_float16(const halves *source, vector *result) {
  small_floats values;
  memcpy(&values, source, sizeof values);
  *result = __builtin_convertvector(values, vector);
}
#else
// As in nibble_halves.c: the exponent is moved by whole numbers, subnormals by a subtraction.
VECTOR_INLINE void widen_float16(const halves *source, vector *result) {
  words half = __builtin_convertvector(*source, words);
  words magnitude = (half & 0x7fff) << 13;
  words exponent = magnitude & 0x0f800000;
  words normal = magnitude + (exponent == 0x0f800000 ? (words)(224u << 23) : (words)(112u << 23));
  words subnormal = (words)((vector)(magnitude + (113u << 23)) - (vector)(words)(113u << 23));
  *result = (vector)((exponent == 0 ? subnormal : normal) | (half & 0x8000) << 16);
}
#endif

// `count` = 16 elements of a row from element k on, or fewer with zeros after them.
VECTOR_INLINE void load_weights(const unsigned char *row, int32_t type, ptrdiff_t k, ptrdiff_t count,
                                vector *result) {
  if (type == NIBBLE_FLOAT32) {
    if (count == vector_width)
      memcpy(result, row + 4 * k, sizeof *result);
    else {
      vector loaded = 0;
      memcpy(&loaded, row + 4 * k, (size_t)count * 4);
      *result = loaded;
    }
    return;
  }
  halves stored = 0;
  if (count == vector_width)
    memcpy(&stored, row + 2 * k, sizeof stored);
  else
    memcpy(&stored, row + 2 * k, (size_t)count * 2);
  if (type == NIBBLE_FLOAT16)
    widen_float16(&stored, result);
  else
    *result = (vector)(__builtin_convertvector(stored, words) << 16);
}

// `rows` rows of the weight with `inputs` inputs, both known when this is compiled.
VECTOR_INLINE void products(const unsigned char *weight, ptrdiff_t row_bytes, int32_t type,
                            ptrdiff_t columns, const float *input, const int rows, const int inputs,
                            float *sums) {
  vector lanes[4][4];
  for (int r = 0; r < rows; r++)
    for (int i = 0; i < inputs; i++) lanes[r][i] = 0;
  ptrdiff_t k = 0;
  for (; k + vector_width <= columns; k += vector_width) {
    vector x[4];
    for (int i = 0; i < inputs; i++) x[i] = VECTOR_AT(input + i * columns + k);
    for (int r = 0; r < rows; r++) {
      vector w;
      __builtin_prefetch(weight + r * row_bytes + k * (type == NIBBLE_FLOAT32 ? 4 : 2) + ahead);
      load_weights(weight + r * row_bytes, type, k, vector_width, &w);
      for (int i = 0; i < inputs; i++) lanes[r][i] += w * x[i];
    }
  }
  if (k < columns) {
    for (int i = 0; i < inputs; i++) {
      vector x;
      load_some(input + i * columns + k, columns - k, &x);
      for (int r = 0; r < rows; r++) {
        vector w;
        load_weights(weight + r * row_bytes, type, k, columns - k, &w);
        lanes[r][i] += w * x;
      }
    }
  }
  for (int r = 0; r < rows; r++)
    for (int i = 0; i < inputs; i++) sums[r * 4 + i] = sum_of(&lanes[r][i]);
}

VECTOR_INLINE void product_of_type(const unsigned char *weight, int32_t type, ptrdiff_t first,
                                   ptrdiff_t last, ptrdiff_t columns, const float *inputs,
                                   ptrdiff_t count, const float *bias, int32_t adding,
                                   float *outputs, ptrdiff_t output_stride) {
  const ptrdiff_t row_bytes = columns * (type == NIBBLE_FLOAT32 ? 4 : 2);
  for (ptrdiff_t o = first; o < last; o += 4) {
    const int rows = last - o < 4 ? 1 : 4;
    const ptrdiff_t end = last - o < 4 ? last : o + 4;
    for (ptrdiff_t row = o; row < end; row += rows) {
      const unsigned char *start = weight + row * row_bytes;
      for (ptrdiff_t i = 0; i < count;) {
        const ptrdiff_t left = count - i;
        const float *input = inputs + i * columns;
        float sums[16];
        int done;
        if (rows == 4) {
          if (left >= 4) {
            products(start, row_bytes, type, columns, input, 4, 4, sums), done = 4;
          } else if (left >= 2) {
            products(start, row_bytes, type, columns, input, 4, 2, sums), done = 2;
          } else {
            products(start, row_bytes, type, columns, input, 4, 1, sums), done = 1;
          }
        } else {
          products(start, row_bytes, type, columns, input, 1, 1, sums), done = 1;
        }
        for (int r = 0; r < rows; r++)
          for (int j = 0; j < done; j++) {
            float *target = outputs + (i + j) * output_stride + row + r;
            *target = (adding ? *target : 0) + (bias ? bias[row + r] : 0) + sums[r * 4 + j];
          }
        i += done;
      }
    }
  }
}

NIBBLE_CLONES
void nibble_dense_product(const void *weight, int32_t type, ptrdiff_t first, ptrdiff_t last,
                          ptrdiff_t columns, const float *inputs, ptrdiff_t count,
                          const float *bias, int32_t adding, float *outputs,
                          ptrdiff_t output_stride) {
  switch (type) {
    case NIBBLE_FLOAT32:
      product_of_type(weight, NIBBLE_FLOAT32, first, last, columns, inputs, count, bias, adding,
                      outputs, output_stride);
      break;
    case NIBBLE_FLOAT16:
      product_of_type(weight, NIBBLE_FLOAT16, first, last, columns, inputs, count, bias, adding,
                      outputs, output_stride);
      break;
    default:
      product_of_type(weight, NIBBLE_BFLOAT16, first, last, columns, inputs, count, bias, adding,
                      outputs, output_stride);
  }
}
