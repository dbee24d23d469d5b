// Whole buffers of 16-bit floating-point numbers, to and from float.
#ifndef NIBBLE_HALVES_H
#define NIBBLE_HALVES_H

#include <stddef.h>
#include <stdint.h>

// Half-precision or bfloat16 bits, little-endian at any address, to float: exact.
void nibble_float16_widen(const void *halves, ptrdiff_t count, float *values);
void nibble_bfloat16_widen(const void *halves, ptrdiff_t count, float *values);

// Float to half-precision or bfloat16 bits: nearest, ties to even, too large becomes infinite.
void nibble_float16_narrow(const float *values, ptrdiff_t count, uint16_t *halves);
void nibble_bfloat16_narrow(const float *values, ptrdiff_t count, uint16_t *halves);

#endif
