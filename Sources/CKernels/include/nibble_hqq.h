// The half-quadratic solver's sweeps: zero points refitted group by group, several times while a
// group is in the nearest cache.
#ifndef NIBBLE_HQQ_H
#define NIBBLE_HQQ_H

#include <stddef.h>
#include <stdint.h>

// What one iteration knows besides its group.
typedef struct {
  float inverse_beta;  // 1 / beta
  float dead_zone;     // errors up to this are certain to shrink to zero
} nibble_hqq_step;

// The starting grid of consecutive groups: codes to a weight unit t = 1 / (max - min) * top, 1 where the
// range is at most 1e-4, never above 2e4; zero points -min * t.
void nibble_hqq_start(const float *weights, ptrdiff_t groups, ptrdiff_t group_size, float top,
                      float *inverse_scales, float *zeros);

// `iterations` refits of the zero points of consecutive groups, from `start`. zeros[i * stride + g]
// is group g's zero point after iteration i; errors[i] the sum of |w - w_r| over all these groups
// with the zero points before it, moved[i] how many errors did not shrink to zero. `power` is p - 1.
void nibble_hqq_refit(const float *weights, ptrdiff_t groups, ptrdiff_t group_size, float top,
                      float power, const float *inverse_scales, const float *start,
                      const nibble_hqq_step *steps, ptrdiff_t iterations, float *zeros,
                      ptrdiff_t stride, double *errors, int64_t *moved);

// codes = clamp(round(w * t + z)), ties to even, and values = (code - z) * scale.
void nibble_hqq_finish(const float *weights, ptrdiff_t groups, ptrdiff_t group_size, float top,
                       const float *inverse_scales, const float *scales, const float *zeros,
                       uint8_t *codes, float *values);

#endif
