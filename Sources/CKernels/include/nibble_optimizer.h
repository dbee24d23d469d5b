// One step of AdamW on a run of parameters.
#ifndef NIBBLE_OPTIMIZER_H
#define NIBBLE_OPTIMIZER_H

#include <stddef.h>

// What a step knows besides its parameters.
typedef struct {
  float mean_decay;         // beta 1
  float square_decay;       // beta 2
  float rate;               // learning rate over the bias correction of the mean
  float square_correction;  // one over the root of the bias correction of the square
  float epsilon;
  float shrinkage;       // one minus learning rate times weight decay
  float gradient_scale;  // what clipping multiplies gradients by
} nibble_adamw_rule;

void nibble_adamw(float *weights, const float *gradients, float *means, float *squares,
                  ptrdiff_t count, const nibble_adamw_rule *rule);

// The sum of squares, taken in double precision.
double nibble_sum_of_squares(const float *values, ptrdiff_t count);

#endif
