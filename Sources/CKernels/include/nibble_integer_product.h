// The integer matrix product: rows of codes against rows of codes, sums in 32 bits.
#ifndef NIBBLE_INTEGER_PRODUCT_H
#define NIBBLE_INTEGER_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

// Codes, signed or not, as 16-bit integers, and the sum of every row.
void nibble_widen_codes(const uint8_t *codes, ptrdiff_t rows, ptrdiff_t columns, int32_t is_signed,
                        int16_t *widened, int32_t *row_sums);

// products[i][j] = sum over k of left[i][k] * right[j][k], for left rows [first, last); the products
// start at row `first`. The caller makes sure that no sum leaves 32 bits.
void nibble_integer_product(const int16_t *left, ptrdiff_t first, ptrdiff_t last,
                            const int16_t *right, ptrdiff_t right_rows, ptrdiff_t columns,
                            int32_t *products);

#endif
