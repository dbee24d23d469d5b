// Logarithms of probabilities from logits, over a whole vocabulary.
#ifndef NIBBLE_LOG_SOFTMAX_H
#define NIBBLE_LOG_SOFTMAX_H

#include <stddef.h>

// ln of the sum of e^logit; the largest is taken out first. NaN if a logit is NaN.
double nibble_log_sum_exp(const float *logits, ptrdiff_t count);

// The divergence KL(p || q) in nats of q = softmax(other) from p = softmax(logits), given the log sums.
double nibble_divergence(const float *logits, double log_sum, const float *other,
                         double other_log_sum, ptrdiff_t count);

// The index of the largest, the first among equals; NaN is never the largest.
ptrdiff_t nibble_largest(const float *values, ptrdiff_t count);

#endif
