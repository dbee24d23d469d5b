// Causal attention of one head.
#ifndef NIBBLE_ATTENTION_H
#define NIBBLE_ATTENTION_H

#include <stddef.h>

// The last `queries` of `keys` tokens look back at all of them. Strides are in floats from token to token.
typedef struct {
  ptrdiff_t queries;
  ptrdiff_t keys;  // at least as many as queries
  ptrdiff_t head_size;
  ptrdiff_t query_stride;
  ptrdiff_t key_stride;  // of keys and of values
  ptrdiff_t output_stride;
  ptrdiff_t window;  // how many tokens a query sees, itself included; 0: all before it
  float scale;       // what q . k is multiplied by
} nibble_attention_shape;

// Floats of scratch memory that one call needs.
ptrdiff_t nibble_attention_scratch(const nibble_attention_shape *shape);

// outputs[t] = sum over j of softmax(scale * q[t] . k[j]) v[j], over the j that token t sees. The largest
// score is subtracted first, so no exponential overflows.
void nibble_attention(const nibble_attention_shape *shape, const float *queries, const float *keys,
                      const float *values, float *outputs, float *scratch);

#endif
