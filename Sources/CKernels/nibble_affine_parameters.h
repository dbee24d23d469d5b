// From the two ends of a range to a scale and a zero point: what several loops share.
#ifndef NIBBLE_AFFINE_PARAMETERS_H
#define NIBBLE_AFFINE_PARAMETERS_H

#include <float.h>
#include <math.h>

#include "nibble_affine.h"
#include "nibble_clones.h"

// A normal number, so that dividing by it is accurate, and not an infinity.
NIBBLE_INLINE float stored_scale(double scale) {
  float stored = scale < FLT_MAX ? (float)scale : FLT_MAX;
  return stored > FLT_MIN ? stored : FLT_MIN;
}

// A group of zeros has scale 1 (and, asymmetric, zero point 0), so that it stays zero.
NIBBLE_INLINE void parameters_of(const nibble_affine_rule *rule, float lowest, float highest,
                                 float *scale, ptrdiff_t *zero_point) {
  *scale = 1;
  *zero_point = rule->symmetric ? rule->zero_point : 0;
  if (rule->symmetric) {
    double magnitude = highest > -lowest ? highest : -lowest;
    if (magnitude > 0) *scale = stored_scale(magnitude / rule->reach);
  } else if (highest > lowest) {
    double step = ((double)highest - (double)lowest) / (rule->highest - rule->lowest);
    double zero = rule->lowest - nearbyint(lowest / step);
    zero = zero < rule->lowest ? rule->lowest : zero;
    zero = zero > rule->highest ? rule->highest : zero;
    *zero_point = (ptrdiff_t)zero;
    *scale = stored_scale(step);
  }
}

#endif
