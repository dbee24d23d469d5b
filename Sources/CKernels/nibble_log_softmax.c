// Fifty thousand exponentials a token: sixteen at a time. Partial sums of a thousand terms stay in float,
// their sum in double.
#include "nibble_log_softmax.h"

#include <math.h>

#include "nibble_vectors.h"

enum { partial_count = 1024 };

VECTOR_INLINE float greatest(const float *values, ptrdiff_t count) {
  vector high = -INFINITY;
  ptrdiff_t i = 0;
  for (; i + vector_width <= count; i += vector_width) {
    vector next = VECTOR_AT(values + i);
    high = next > high ? next : high;
  }
  float largest = largest_of(&high);
  for (; i < count; i++) largest = values[i] > largest ? values[i] : largest;
  return largest;
}

NIBBLE_CLONES
ptrdiff_t nibble_largest(const float *values, ptrdiff_t count) {
  const float largest = greatest(values, count);
  ptrdiff_t i = 0;
  while (i + vector_width <= count && !__builtin_reduce_or(VECTOR_AT(values + i) == largest))
    i += vector_width;
  for (; i < count; i++)
    if (values[i] == largest) return i;
  return 0;
}

NIBBLE_CLONES
double nibble_log_sum_exp(const float *logits, ptrdiff_t count) {
  const float largest = greatest(logits, count);
  double sum = 0;
  for (ptrdiff_t start = 0; start < count; start += partial_count) {
    const ptrdiff_t end = count - start < partial_count ? count : start + partial_count;
    vector sums = 0;
    ptrdiff_t i = start;
    vector x;
    for (; i + vector_width <= end; i += vector_width) {
      x = VECTOR_AT(logits + i) - largest;
      exponentiate(&x);
      sums += x;
    }
    sum += sum_of(&sums);
    for (; i < end; i++) sum += expf(logits[i] - largest);
  }
  return largest + log(sum);
}

NIBBLE_CLONES
double nibble_divergence(const float *logits, double log_sum, const float *other,
                         double other_log_sum, ptrdiff_t count) {
  // The sum of p (logit - other) is taken about the difference of the log sums, where it is smallest.
  const float shift = (float)(log_sum - other_log_sum), base = (float)log_sum;
  double sum = 0;
  for (ptrdiff_t start = 0; start < count; start += partial_count) {
    const ptrdiff_t end = count - start < partial_count ? count : start + partial_count;
    vector sums = 0;
    ptrdiff_t i = start;
    for (; i + vector_width <= end; i += vector_width) {
      vector difference = VECTOR_AT(logits + i) - VECTOR_AT(other + i) - shift;
      vector p = VECTOR_AT(logits + i) - base;
      exponentiate(&p);
      sums += p * difference;
    }
    sum += sum_of(&sums);
    for (; i < end; i++)
      sum += (double)expf(logits[i] - base) * (double)(logits[i] - other[i] - shift);
  }
  return sum - (log_sum - other_log_sum - (double)shift);
}
