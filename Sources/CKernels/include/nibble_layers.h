// What stands between the products of a transformer, forward and backward, row after row.
//
// A row is one token. Backward functions add into dx where a residual stream runs past the layer, and
// into the gradients of parameters always; each says which.
#ifndef NIBBLE_LAYERS_H
#define NIBBLE_LAYERS_H

#include <stddef.h>
#include <stdint.h>

// y = (x - mean) / sqrt(variance + epsilon) * gain + shift; keeps each row's mean and inverse root.
void nibble_layernorm(const float *x, ptrdiff_t rows, ptrdiff_t width, const float *gain,
                      const float *shift, float epsilon, float *y, float *means, float *inverses);
// Adds to dx, dgain and dshift.
void nibble_layernorm_backward(const float *dy, const float *x, ptrdiff_t rows, ptrdiff_t width,
                               const float *gain, const float *means, const float *inverses,
                               float *dx, float *dgain, float *dshift);

// y = x / sqrt(mean of squares + epsilon) * gain; keeps each row's inverse root.
void nibble_rmsnorm(const float *x, ptrdiff_t rows, ptrdiff_t width, const float *gain,
                    float epsilon, float *y, float *inverses);
// Adds to dx and dgain.
void nibble_rmsnorm_backward(const float *dy, const float *x, ptrdiff_t rows, ptrdiff_t width,
                             const float *gain, const float *inverses, float *dx, float *dgain);

// Softmax of rows of scores in place, `stride` floats apart: row r may see its first `first` + r + 1
// columns and gives the others, up to `columns`, exactly 0.
void nibble_causal_softmax(float *scores, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride,
                           ptrdiff_t first);
// d (in place) = factor * p * (d - sum of d p).
void nibble_softmax_backward(const float *p, float *d, ptrdiff_t rows, ptrdiff_t columns,
                             ptrdiff_t stride_p, ptrdiff_t stride_d, float factor);

// Rotates the pairs (x[i], x[i + half]) of `heads` heads of each row by the row's angles: cosines and
// sines hold `half` numbers a position, and row r has position r mod `length`. `direction` 1 turns
// forward, -1 back, which is also the gradient.
void nibble_rotate_pairs(float *x, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t heads,
                         ptrdiff_t half, ptrdiff_t length, const float *cosines,
                         const float *sines, float direction);

// The backward of nibble_relu (nibble_activations.h): d becomes 0 where the output y was 0.
void nibble_relu_backward(const float *y, float *d, ptrdiff_t count);
// y = x * Phi(x), Phi the normal distribution function; d (in place) *= Phi(x) + x * phi(x).
void nibble_gelu(const float *x, float *y, ptrdiff_t count);
void nibble_gelu_backward(const float *x, float *d, ptrdiff_t count);
// Each row of x is a gate and then a value, `width` each: y = gate * sigmoid(gate) * value.
void nibble_gated_silu(const float *x, float *y, ptrdiff_t rows, ptrdiff_t width);
void nibble_gated_silu_backward(const float *x, const float *dy, float *dx, ptrdiff_t rows,
                                ptrdiff_t width);

// y = x + bias on every row; x NULL stands for zeros, bias NULL too.
void nibble_add_bias(const float *x, const float *bias, float *y, ptrdiff_t rows, ptrdiff_t width);
// sums += every row.
void nibble_add_rows(const float *x, ptrdiff_t rows, ptrdiff_t width, float *sums);
// y += x.
void nibble_add(const float *x, float *y, ptrdiff_t count);

// Cross-entropy of rows of logits against targets; a negative target is not scored. Writes each row's
// loss in nats (0 where not scored) and turns the logits into factor * (softmax - target), or zeros.
void nibble_cross_entropy(float *logits, ptrdiff_t rows, ptrdiff_t classes, const int32_t *targets,
                          float factor, float *losses);
// The same against soft targets: the softmax of the teacher's logits over a temperature t. The loss of
// a row is t^2 times the cross-entropy of the softmaxes of logits / t less the entropy of the teacher's
// (the KL divergence); logits become factor * t * (softmax - teacher's softmax). Teacher's logits are
// overwritten. A row with a negative target is not scored.
void nibble_soft_cross_entropy(float *logits, float *teacher, ptrdiff_t rows, ptrdiff_t classes,
                               const int32_t *targets, float temperature, float factor,
                               float *losses);

// Rounds each row to `steps` steps on either side of zero of its own largest magnitude, in place.
void nibble_round_rows(float *x, ptrdiff_t rows, ptrdiff_t width, float steps);

#endif
