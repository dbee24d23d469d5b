// One step of Adam on relaxed roundings, weight by weight.
#ifndef NIBBLE_ADAROUND_H
#define NIBBLE_ADAROUND_H

#include <stddef.h>

// What a step knows besides its weights.
typedef struct {
  float strength;           // lambda; 0 in the warm-up
  float exponent;           // beta, at least 1
  float rate;               // over the bias correction of the mean
  float square_correction;  // one over the bias correction of the square
} nibble_adaround_rule;

// For each weight: the slope of the loss at its share h, `slopes` times `spans` times `units`, and of
// lambda (1 - |2h - 1|^beta), through h = clip(1.2 sigmoid(v) - 0.1, 0, 1) to v; then Adam's step with
// 0.9 and 0.999, and h anew. A span of 0 leaves all as it is.
void nibble_adaround_step(const float *spans, const float *slopes, const float *units,
                          ptrdiff_t count, const nibble_adaround_rule *rule, float *positions,
                          float *shares, float *means, float *squares);

#endif
