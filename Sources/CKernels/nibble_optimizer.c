#include "nibble_optimizer.h"

#include <math.h>

#include "nibble_clones.h"

#pragma STDC FP_CONTRACT OFF

NIBBLE_CLONES
void nibble_adamw(float *restrict weights, const float *restrict gradients, float *restrict means,
                  float *restrict squares, ptrdiff_t count, const nibble_adamw_rule *rule) {
  const float mean_decay = rule->mean_decay, square_decay = rule->square_decay;
  const float rate = rule->rate, correction = rule->square_correction, epsilon = rule->epsilon;
  const float shrinkage = rule->shrinkage, scale = rule->gradient_scale;
  for (ptrdiff_t i = 0; i < count; i++) {
    const float gradient = gradients[i] * scale;
    const float mean = mean_decay * means[i] + (1 - mean_decay) * gradient;
    const float square = square_decay * squares[i] + (1 - square_decay) * gradient * gradient;
    means[i] = mean;
    squares[i] = square;
    weights[i] = weights[i] * shrinkage - rate * mean / (sqrtf(square) * correction + epsilon);
  }
}

NIBBLE_CLONES
double nibble_sum_of_squares(const float *restrict values, ptrdiff_t count) {
  // Eight sums side by side, in the same order on every processor.
  double sums[8] = {0};
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (int j = 0; j < 8; j++) sums[j] += (double)values[i + j] * values[i + j];
  for (; i < count; i++) sums[0] += (double)values[i] * values[i];
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}
