// Q4_K times a vector without a float for each code, where the processor has instructions for that.
#ifndef NIBBLE_Q4_K_INTEGERS_H
#define NIBBLE_Q4_K_INTEGERS_H

#include <stddef.h>
#include <stdint.h>

// Whether this processor has them.
int nibble_has_q4_k_integers(void);

// As nibble_q4_k_products, and only where they are. Inputs are rounded to 2^-23 of the largest in their run of 32.
void nibble_q4_k_integer_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks,
                                  const float *x, float *scratch, float *results);

#endif
