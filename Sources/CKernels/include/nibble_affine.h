// Rounding to an affine grid: q = clamp(round(x / s), lowest - z, highest - z) + z, ties to even.
#ifndef NIBBLE_AFFINE_H
#define NIBBLE_AFFINE_H

#include <stddef.h>
#include <stdint.h>

// The codes of a grid, and how a range becomes a scale.
typedef struct {
  int32_t lowest;      // the smallest code
  int32_t highest;     // the largest code; at most 256 codes
  int32_t symmetric;   // 0: the scale is (max - min) / (highest - lowest); else magnitude / reach
  int32_t zero_point;  // the zero point of a symmetric grid
  double reach;        // steps from zero to the largest magnitude of a symmetric grid
} nibble_affine_rule;

// Quantizes consecutive groups, each on the grid of its own smallest and largest value (zero
// included). Codes are bytes, signed codes in two's complement. Returns -1, or the index of the
// first group holding a value that is not finite; what was written is then of no use.
ptrdiff_t nibble_affine_round_groups(const float *values, ptrdiff_t groups, ptrdiff_t group_size,
                                     const nibble_affine_rule *rule, uint8_t *codes, float *scales,
                                     ptrdiff_t *zero_points);

// Quantizes one run of finite values on one given grid.
void nibble_affine_round_run(const float *values, ptrdiff_t count, float scale, int32_t zero_point,
                             int32_t lowest, int32_t highest, uint8_t *codes);

// values = scale * (code - zero point), group after group; is_signed says how to read a byte.
void nibble_affine_decode_groups(const uint8_t *codes, ptrdiff_t groups, ptrdiff_t group_size,
                                 int32_t is_signed, const float *scales,
                                 const ptrdiff_t *zero_points, float *values);

// What rounding changes in weights that were multiplied by a factor a column first and are divided by
// it afterwards: change = Q(w * f) / f - w, for `rows` rows of `columns`, in groups of `group_size`
// along a row. Returns -1, or the first group, counted over all rows, whose products are not finite;
// what was written is then of no use.
ptrdiff_t nibble_affine_scaled_change(const float *weights, ptrdiff_t rows, ptrdiff_t columns,
                                      ptrdiff_t group_size, const float *factors,
                                      const nibble_affine_rule *rule, float *change);

#endif
