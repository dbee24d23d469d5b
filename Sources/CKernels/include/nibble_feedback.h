// Columns in turn, each one's rounding error passed on to those after it, for 64 rows at once.
//
// A strip holds `NIBBLE_STRIP` rows of a weight side by side, its columns one below another: element
// (column, row) is strip[column * NIBBLE_STRIP + row]. The factor U is upper triangular, row-major,
// `leading` floats from row to row.
#ifndef NIBBLE_FEEDBACK_H
#define NIBBLE_FEEDBACK_H

#include <stddef.h>
#include <stdint.h>

#include "nibble_affine.h"

enum { NIBBLE_STRIP = 64 };

// strip[c] -= sum of U[i, c] * errors[i] over i in [0, done), for c in [first, last).
void nibble_feedback_catch_up(float *strip, const float *errors, const float *factor,
                              ptrdiff_t leading, ptrdiff_t done, ptrdiff_t first, ptrdiff_t last);

// For each column c of [first, last): takes from it U[i, c] * errors[i] of the columns i in [from, c),
// rounds it to its row's grid, and leaves the code and the error (w - q) / U[c, c]. Adds half the
// square of every error to its row's loss.
void nibble_feedback_sweep(float *strip, float *errors, uint8_t *codes, const float *factor,
                           ptrdiff_t leading, ptrdiff_t from, ptrdiff_t first, ptrdiff_t last,
                           const float *scales, const float *zero_points, int32_t lowest,
                           int32_t highest, float *losses);

// The min-max grid of each of 64 rows over `columns` columns, `stride` floats from column to column.
void nibble_feedback_fit(const float *values, ptrdiff_t stride, ptrdiff_t columns,
                         const nibble_affine_rule *rule, float *scales, float *zero_points);

#endif
