// Rows of packed codes times one vector: what a language model does for each new token when its weights
// are quantized.
#ifndef NIBBLE_BLOCK_PRODUCTS_H
#define NIBBLE_BLOCK_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

// results[r] = the sum over k of row r's value k times x[k]. A row is `blocks` blocks of bytes; `scratch`
// has room for 17 numbers for each 16 of x. Nothing but single precision's rounding separates the result
// from the decoded row's: codes enter the sums with up to 96 added, which is taken off at the end.
void nibble_q4_0_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks, const float *x,
                          float *scratch, float *results);
void nibble_q8_0_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks, const float *x,
                          float *scratch, float *results);
void nibble_q4_k_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks, const float *x,
                          float *scratch, float *results);
void nibble_q6_k_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks, const float *x,
                          float *scratch, float *results);

// The same for groups of whole numbers: value = scale * (code - zero), a scale and a zero a group of
// `length` columns, a multiple of 32. Codes of 4 bits are packed run by run, byte j of 16 holding codes j
// and j + 16 of 32; codes of 8 bits take a byte each. `scratch` has room for a number a group.
void nibble_group_products(const uint8_t *codes, int32_t bits, const float *scales,
                           const float *zeros, ptrdiff_t rows, ptrdiff_t groups, ptrdiff_t length,
                           const float *x, float *scratch, float *results);

// What a row's codes stand for.
void nibble_group_decode(const uint8_t *codes, int32_t bits, const float *scales,
                         const float *zeros, ptrdiff_t groups, ptrdiff_t length, float *values);

#endif
