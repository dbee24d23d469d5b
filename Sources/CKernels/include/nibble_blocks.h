// The block formats of GGUF files whose blocks stand alone, byte for byte as llama.cpp stores them.
#ifndef NIBBLE_BLOCKS_H
#define NIBBLE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

// Q4_0, Q4_1, Q5_0 and Q5_1: `bits` 4 or 5, with a minimum or without. Values are finite.
void nibble_linear_blocks_encode(const float *values, ptrdiff_t blocks, int32_t bits,
                                 int32_t has_minimum, uint8_t *bytes);
void nibble_linear_blocks_decode(const uint8_t *bytes, ptrdiff_t blocks, int32_t bits,
                                 int32_t has_minimum, float *values);

// Q8_0.
void nibble_byte_blocks_encode(const float *values, ptrdiff_t blocks, uint8_t *bytes);
void nibble_byte_blocks_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values);

// A run of 32 against 16 ascending levels: the scale that the search ends at, weights given.
float nibble_level_scale(const float *values, const float *weights, const float *levels);
// The codes of a run of 32 times an inverse scale, two a byte and half a run apart.
void nibble_level_codes(const float *values, float inverse, const float *levels, uint8_t *bytes);

// The symmetric search over a run of `count` <= 256 values: returns the scale, writes the codes.
float nibble_symmetric_search(const float *values, ptrdiff_t count, int32_t limit,
                              const float *weights, uint8_t *codes);

// The affine search, squared error: returns the scale, writes the codes and what is subtracted.
float nibble_affine_search(const float *values, ptrdiff_t count, const float *weights,
                           int32_t largest, float first, float growth, int32_t trials,
                           uint8_t *codes, float *minimum);

// MXFP4 and NVFP4 (run 32 or 16): codes of runs under half scales, two a byte and half a run apart.
void nibble_minifloat_codes(const float *values, ptrdiff_t run, float half_scale, uint8_t *bytes);

#endif
