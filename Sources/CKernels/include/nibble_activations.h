// What a transformer does to single numbers and single rows between its products.
#ifndef NIBBLE_ACTIVATIONS_H
#define NIBBLE_ACTIVATIONS_H

#include <stddef.h>
#include <stdint.h>

// max(x, 0); NaN stays NaN.
void nibble_relu(float *values, ptrdiff_t count);
// x times the normal distribution function: its tanh approximation, and exactly by erf.
void nibble_gelu_tanh(float *values, ptrdiff_t count);
void nibble_gelu_erf(float *values, ptrdiff_t count);
// x / (1 + e^-x).
void nibble_silu(float *values, ptrdiff_t count);
// values *= factors.
void nibble_multiply(float *values, const float *factors, ptrdiff_t count);

// outputs = (x - mean) / sqrt(variance + epsilon) * gain + offset, row by row; gain and offset may be NULL.
void nibble_layer_norm(const float *inputs, ptrdiff_t rows, ptrdiff_t columns, const float *gain,
                       const float *offset, float epsilon, float *outputs);
// outputs = x / sqrt(mean of squares + epsilon) * gain, row by row.
void nibble_rms_norm(const float *inputs, ptrdiff_t rows, ptrdiff_t columns, const float *gain,
                     float epsilon, float *outputs);

// Rotates pairs of channels of every head of every row by the row's angles, in place; `cosines` and
// `sines` hold size / 2 numbers a row. A pair is (c, c + size / 2), or (2c, 2c + 1) if interleaved.
void nibble_rotate(float *values, ptrdiff_t rows, ptrdiff_t heads, ptrdiff_t size,
                   const float *cosines, const float *sines, int32_t interleaved);

#endif
