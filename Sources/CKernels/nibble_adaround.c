#include "nibble_adaround.h"

#include "nibble_clones.h"
#include "nibble_powers.h"

#pragma STDC FP_CONTRACT OFF

NIBBLE_CLONES
void nibble_adaround_step(const float *restrict spans, const float *restrict slopes,
                          const float *restrict units, ptrdiff_t count,
                          const nibble_adaround_rule *rule, float *restrict positions,
                          float *restrict shares, float *restrict means, float *restrict squares) {
  const float strength = rule->strength, power = rule->exponent - 1, rate = rule->rate;
  const float regular = 2 * rule->exponent * strength, correction = rule->square_correction;
  for (ptrdiff_t i = 0; i < count; i++) {
    const float share = shares[i], side = 2 * share - 1;
    float away = float_of(bits_of(side) & 0x7FFFFFFF);
    away = away > 1e-6f ? away : 1e-6f;
    float push = regular * power_of_two(power * binary_logarithm(away));
    push = side > 0 ? -push : push;
    float gradient = slopes[i] * spans[i] * units[i] + push;
    const float inside = (share + 0.1f) / 1.2f;
    gradient *= 1.2f * inside * (1 - inside);
    gradient = share > 0 && share < 1 ? gradient : 0;  // the clip lets nothing through

    const float mean = 0.9f * means[i] + 0.1f * gradient;
    const float square = 0.999f * squares[i] + 0.001f * gradient * gradient;
    // Not sqrtf: that may set errno, which keeps the whole loop from being vectorized.
    const float root = __builtin_elementwise_sqrt(square * correction);
    const float position = positions[i] - rate * mean / (root + 1e-8f);
    float next = 1.2f / (1 + power_of_two(-1.44269504f * position)) - 0.1f;
    next = next > 0 ? next : 0;
    next = next < 1 ? next : 1;
    const int moves = spans[i] > 0;
    means[i] = moves ? mean : means[i];
    squares[i] = moves ? square : squares[i];
    positions[i] = moves ? position : positions[i];
    shares[i] = moves ? next : share;
  }
}
