#include "nibble_layers.h"

#include <math.h>

#include "nibble_lanes.h"
#include "nibble_powers.h"

static const float binary_e = 1.44269504f;  // log2(e)

NIBBLE_CLONES
void nibble_layernorm(const float *restrict x, ptrdiff_t rows, ptrdiff_t width,
                      const float *restrict gain, const float *restrict shift, float epsilon,
                      float *restrict y, float *restrict means, float *restrict inverses) {
  for (ptrdiff_t r = 0; r < rows; r++, x += width, y += width) {
    const float mean = lane_sum(x, width) / (float)width;
    for (ptrdiff_t i = 0; i < width; i++) y[i] = x[i] - mean;
    const float inverse = 1 / sqrtf(lane_dot(y, y, width) / (float)width + epsilon);
    for (ptrdiff_t i = 0; i < width; i++) y[i] = y[i] * inverse * gain[i] + shift[i];
    means[r] = mean;
    inverses[r] = inverse;
  }
}

NIBBLE_CLONES
void nibble_layernorm_backward(const float *restrict dy, const float *restrict x, ptrdiff_t rows,
                               ptrdiff_t width, const float *restrict gain,
                               const float *restrict means, const float *restrict inverses,
                               float *restrict dx, float *restrict dgain, float *restrict dshift) {
  for (ptrdiff_t r = 0; r < rows; r++, dy += width, x += width, dx += width) {
    const float mean = means[r], inverse = inverses[r];
    lane_floats sums = {0}, products = {0};
    ptrdiff_t i = 0;
    for (; i + lanes <= width; i += lanes) {
      const lane_floats d = sixteen(dy + i) * sixteen(gain + i);
      sums += d;
      products += d * ((sixteen(x + i) - mean) * inverse);
    }
    float sum = lane_total(sums), product = lane_total(products);
    for (; i < width; i++) {
      const float d = dy[i] * gain[i];
      sum += d;
      product += d * ((x[i] - mean) * inverse);
    }
    sum /= (float)width;
    product /= (float)width;
    for (i = 0; i < width; i++) {
      const float normal = (x[i] - mean) * inverse;
      dx[i] += inverse * (dy[i] * gain[i] - sum - normal * product);
      dgain[i] += dy[i] * normal;
      dshift[i] += dy[i];
    }
  }
}

NIBBLE_CLONES
void nibble_rmsnorm(const float *restrict x, ptrdiff_t rows, ptrdiff_t width,
                    const float *restrict gain, float epsilon, float *restrict y,
                    float *restrict inverses) {
  for (ptrdiff_t r = 0; r < rows; r++, x += width, y += width) {
    const float inverse = 1 / sqrtf(lane_dot(x, x, width) / (float)width + epsilon);
    for (ptrdiff_t i = 0; i < width; i++) y[i] = x[i] * inverse * gain[i];
    inverses[r] = inverse;
  }
}

NIBBLE_CLONES
void nibble_rmsnorm_backward(const float *restrict dy, const float *restrict x, ptrdiff_t rows,
                             ptrdiff_t width, const float *restrict gain,
                             const float *restrict inverses, float *restrict dx,
                             float *restrict dgain) {
  for (ptrdiff_t r = 0; r < rows; r++, dy += width, x += width, dx += width) {
    const float inverse = inverses[r];
    lane_floats products = {0};
    ptrdiff_t i = 0;
    for (; i + lanes <= width; i += lanes)
      products += sixteen(dy + i) * sixteen(gain + i) * (sixteen(x + i) * inverse);
    float product = lane_total(products);
    for (; i < width; i++) product += dy[i] * gain[i] * (x[i] * inverse);
    product /= (float)width;
    for (i = 0; i < width; i++) {
      const float normal = x[i] * inverse;
      dx[i] += inverse * (dy[i] * gain[i] - normal * product);
      dgain[i] += dy[i] * normal;
    }
  }
}

// Replaces x by exp(x - largest) and returns the sum.
NIBBLE_INLINE float exponentials(float *x, ptrdiff_t count) {
  const float largest = lane_maximum(x, count);
  for (ptrdiff_t i = 0; i < count; i++) x[i] = power_of_two((x[i] - largest) * binary_e);
  return lane_sum(x, count);
}

NIBBLE_CLONES
void nibble_causal_softmax(float *restrict scores, ptrdiff_t rows, ptrdiff_t columns,
                           ptrdiff_t stride, ptrdiff_t first) {
  for (ptrdiff_t r = 0; r < rows; r++, scores += stride) {
    const ptrdiff_t visible = first + r + 1 < columns ? first + r + 1 : columns;
    const float share = 1 / exponentials(scores, visible);
    for (ptrdiff_t i = 0; i < visible; i++) scores[i] *= share;
    for (ptrdiff_t i = visible; i < columns; i++) scores[i] = 0;
  }
}

NIBBLE_CLONES
void nibble_softmax_backward(const float *restrict p, float *restrict d, ptrdiff_t rows,
                             ptrdiff_t columns, ptrdiff_t stride_p, ptrdiff_t stride_d,
                             float factor) {
  for (ptrdiff_t r = 0; r < rows; r++, p += stride_p, d += stride_d) {
    const float sum = lane_dot(p, d, columns);
    for (ptrdiff_t i = 0; i < columns; i++) d[i] = factor * p[i] * (d[i] - sum);
  }
}

NIBBLE_CLONES
void nibble_rotate_pairs(float *restrict x, ptrdiff_t rows, ptrdiff_t stride, ptrdiff_t heads,
                         ptrdiff_t half, ptrdiff_t length, const float *restrict cosines,
                         const float *restrict sines, float direction) {
  for (ptrdiff_t r = 0; r < rows; r++, x += stride) {
    const float *c = cosines + (r % length) * half, *s = sines + (r % length) * half;
    for (ptrdiff_t h = 0; h < heads; h++) {
      float *a = x + h * 2 * half, *b = a + half;
      for (ptrdiff_t i = 0; i < half; i++) {
        const float sine = direction * s[i], first = a[i], second = b[i];
        a[i] = first * c[i] - second * sine;
        b[i] = second * c[i] + first * sine;
      }
    }
  }
}

NIBBLE_CLONES
void nibble_relu_backward(const float *restrict y, float *restrict d, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) d[i] = y[i] > 0 ? d[i] : 0;
}

static const float half_root = 0.707106781f;       // 1 / sqrt 2
static const float normal_density = 0.398942280f;  // 1 / sqrt(2 pi)

void nibble_gelu(const float *restrict x, float *restrict y, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) y[i] = x[i] * 0.5f * (1 + erff(x[i] * half_root));
}

void nibble_gelu_backward(const float *restrict x, float *restrict d, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) {
    const float share = 0.5f * (1 + erff(x[i] * half_root));
    d[i] *= share + x[i] * normal_density * expf(-0.5f * x[i] * x[i]);
  }
}

NIBBLE_CLONES
void nibble_gated_silu(const float *restrict x, float *restrict y, ptrdiff_t rows,
                       ptrdiff_t width) {
  for (ptrdiff_t r = 0; r < rows; r++, x += 2 * width, y += width)
    for (ptrdiff_t i = 0; i < width; i++)
      y[i] = x[i] / (1 + power_of_two(-binary_e * x[i])) * x[width + i];
}

NIBBLE_CLONES
void nibble_gated_silu_backward(const float *restrict x, const float *restrict dy,
                                float *restrict dx, ptrdiff_t rows, ptrdiff_t width) {
  for (ptrdiff_t r = 0; r < rows; r++, x += 2 * width, dx += 2 * width, dy += width)
    for (ptrdiff_t i = 0; i < width; i++) {
      const float share = 1 / (1 + power_of_two(-binary_e * x[i]));
      dx[i] = dy[i] * x[width + i] * share * (1 + x[i] * (1 - share));
      dx[width + i] = dy[i] * x[i] * share;
    }
}

NIBBLE_CLONES
void nibble_add_bias(const float *restrict x, const float *restrict bias, float *restrict y,
                     ptrdiff_t rows, ptrdiff_t width) {
  for (ptrdiff_t r = 0; r < rows; r++, y += width) {
    if (x && bias)
      for (ptrdiff_t i = 0; i < width; i++) y[i] = x[r * width + i] + bias[i];
    else if (x)
      memcpy(y, x + r * width, (size_t)width * sizeof(float));
    else if (bias)
      memcpy(y, bias, (size_t)width * sizeof(float));
    else
      memset(y, 0, (size_t)width * sizeof(float));
  }
}

NIBBLE_CLONES
void nibble_add_rows(const float *restrict x, ptrdiff_t rows, ptrdiff_t width,
                     float *restrict sums) {
  for (ptrdiff_t r = 0; r < rows; r++, x += width)
    for (ptrdiff_t i = 0; i < width; i++) sums[i] += x[i];
}

NIBBLE_CLONES
void nibble_add(const float *restrict x, float *restrict y, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) y[i] += x[i];
}

NIBBLE_CLONES
void nibble_cross_entropy(float *restrict logits, ptrdiff_t rows, ptrdiff_t classes,
                          const int32_t *restrict targets, float factor, float *restrict losses) {
  for (ptrdiff_t r = 0; r < rows; r++, logits += classes) {
    const int32_t target = targets[r];
    losses[r] = 0;
    if (target < 0) {
      memset(logits, 0, (size_t)classes * sizeof(float));
      continue;
    }
    const float largest = lane_maximum(logits, classes), chosen = logits[target] - largest;
    const float sum = exponentials(logits, classes);
    losses[r] = logf(sum) - chosen;
    const float share = factor / sum;
    for (ptrdiff_t i = 0; i < classes; i++) logits[i] *= share;
    logits[target] -= factor;
  }
}

// Replaces logits by softmax(logits / temperature); returns the logarithm of the sum and the largest.
NIBBLE_INLINE void warm_softmax(float *x, ptrdiff_t count, float warmth) {
  for (ptrdiff_t i = 0; i < count; i++) x[i] *= warmth;
  const float share = 1 / exponentials(x, count);
  for (ptrdiff_t i = 0; i < count; i++) x[i] *= share;
}

NIBBLE_CLONES
void nibble_soft_cross_entropy(float *restrict logits, float *restrict teacher, ptrdiff_t rows,
                               ptrdiff_t classes, const int32_t *restrict targets,
                               float temperature, float factor, float *restrict losses) {
  for (ptrdiff_t r = 0; r < rows; r++, logits += classes, teacher += classes) {
    losses[r] = 0;
    if (targets[r] < 0) {
      memset(logits, 0, (size_t)classes * sizeof(float));
      continue;
    }
    warm_softmax(logits, classes, 1 / temperature);
    warm_softmax(teacher, classes, 1 / temperature);
    double divergence = 0;
    for (ptrdiff_t i = 0; i < classes; i++)
      if (teacher[i] > 1e-37f) divergence += teacher[i] * log((double)teacher[i] / logits[i]);
    losses[r] = (float)(temperature * temperature * divergence);
    for (ptrdiff_t i = 0; i < classes; i++)
      logits[i] = factor * temperature * (logits[i] - teacher[i]);
  }
}

NIBBLE_CLONES
void nibble_round_rows(float *restrict x, ptrdiff_t rows, ptrdiff_t width, float steps) {
  for (ptrdiff_t r = 0; r < rows; r++, x += width) {
    float largest = 1e-5f;
    for (ptrdiff_t i = 0; i < width; i++) {
      const float size = float_of(bits_of(x[i]) & 0x7FFFFFFF);
      largest = size > largest ? size : largest;
    }
    const float inverse = steps / largest, step = largest / steps;
    for (ptrdiff_t i = 0; i < width; i++)
      x[i] = ((x[i] * inverse + rounder) - rounder) * step;
  }
}
