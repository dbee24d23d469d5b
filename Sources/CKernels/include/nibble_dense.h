// A few vectors times a dense weight: what a language model does for each new token.
#ifndef NIBBLE_DENSE_H
#define NIBBLE_DENSE_H

#include <stddef.h>
#include <stdint.h>

// The type of a stored weight's elements.
enum { NIBBLE_FLOAT32 = 0, NIBBLE_FLOAT16 = 1, NIBBLE_BFLOAT16 = 2 };

// For outputs o in [first, last) and every input i in [0, count):
//   outputs[i * output_stride + o] (+)= bias[o] + sum over k of weight[o][k] * inputs[i * columns + k].
// Adds to what is there if `adding` is not 0; `bias` may be NULL. The weight is row-major, `columns` wide,
// at any address. Every row of the weight is read once for each four inputs.
void nibble_dense_product(const void *weight, int32_t type, ptrdiff_t first, ptrdiff_t last,
                          ptrdiff_t columns, const float *inputs, ptrdiff_t count,
                          const float *bias, int32_t adding, float *outputs,
                          ptrdiff_t output_stride);

#endif
