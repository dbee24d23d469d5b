// Q4_K times a vector in whole numbers, for processors that multiply bytes four at a time (VNNI).
//
// The float kernel of nibble_block_products.c must turn each code into a float, and is then bound by
// arithmetic: memory could give half as many blocks again. Here codes stay bytes. It is the inputs that
// become whole numbers, once for all rows: of a run that shares a scale the largest gets 22 bits, so that
// nothing is lost that single precision would keep, and a number of 24 bits is three bytes. The sum of
// codes times bytes has no rounding at all until it becomes a float.
#include "nibble_q4_k_integers.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "nibble_superblock_scales.h"

#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c")))
#define VNNI_INLINE static inline __attribute__((always_inline)) VNNI

enum {
  ahead = 4096,
  run_length = 32,
  block_length = 256,
  block_bytes = 144,
  // Three bytes an input; then eight steps and eight sums of inputs.
  planes_size = 3 * block_length,
  arranged_size = planes_size + 64
};

int nibble_has_q4_k_integers(void) {
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

// Sixteen whole numbers of 24 bits as three signed bytes each, the highest first.
VNNI_INLINE void store_planes(__m512i number, int8_t *planes) {
  for (int plane = 2; plane >= 0; plane--) {
    const __m128i low = _mm512_cvtepi32_epi8(number);
    _mm_storeu_si128((__m128i *)(planes + 64 * plane), low);
    number = _mm512_srai_epi32(_mm512_sub_epi32(number, _mm512_cvtepi8_epi32(low)), 8);
  }
}

// A power of two: the inputs of a run are whole multiples of it, up to 2^22 times. The smallest normal
// number for inputs so small that products with them vanish.
VNNI_INLINE float step_of(float largest) {
  uint32_t bits;
  memcpy(&bits, &largest, sizeof bits);
  const uint32_t exponent = bits >> 23;
  bits = exponent > 22 ? (exponent - 21) << 23 : 1u << 23;
  float step;
  memcpy(&step, &bits, sizeof step);
  return step;
}

// Codes of 64 bytes belong to runs 0 and 2 (low halves) and 1 and 3 (high halves) of four: so lie the inputs.
VNNI_INLINE void arrange_block(const float *x, uint8_t *arranged) {
  int8_t *planes = (int8_t *)arranged;
  float *factors = (float *)(arranged + planes_size);
  for (int run = 0; run < 8; run++, x += run_length) {
    const __m512 first = _mm512_loadu_ps(x), second = _mm512_loadu_ps(x + 16);
    const float step =
        step_of(_mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(first), _mm512_abs_ps(second))));
    const __m512 inverse = _mm512_set1_ps(1 / step);
    int8_t *target = planes + 192 * (run / 4 * 2 + run % 2) + 32 * (run % 4 / 2);
    store_planes(_mm512_cvtps_epi32(_mm512_mul_ps(first, inverse)), target);
    store_planes(_mm512_cvtps_epi32(_mm512_mul_ps(second, inverse)), target + 16);
    factors[run] = step;
    factors[8 + run] = _mm512_reduce_add_ps(_mm512_add_ps(first, second));
  }
}

// Eight scales, then eight minima, times the block's two factors.
VNNI_INLINE __m512 steps(const uint8_t *bytes) {
  uint32_t factors;
  uint64_t scales, minima;
  memcpy(&factors, bytes, sizeof factors);
  unpack_six_bits_to_words(bytes + 4, &scales, &minima);
  const __m128i codes = _mm_set_epi64x((int64_t)minima, (int64_t)scales);
  const __m512 halves = _mm512_castps128_ps512(_mm_cvtph_ps(_mm_cvtsi32_si128((int)factors)));
  const __m512i places = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
  return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(codes)),
                       _mm512_permutexvar_ps(places, halves));
}

// The sums over 64 codes times inputs of three bytes, four codes to a lane: below 2^28.
VNNI_INLINE __m512 sums(__m512i codes, const uint8_t *planes) {
  __m512i sum =
      _mm512_dpbusd_epi32(_mm512_setzero_si512(), codes, _mm512_loadu_si512(planes));
  sum = _mm512_dpbusd_epi32(_mm512_slli_epi32(sum, 8), codes, _mm512_loadu_si512(planes + 64));
  sum = _mm512_dpbusd_epi32(_mm512_slli_epi32(sum, 8), codes, _mm512_loadu_si512(planes + 128));
  return _mm512_cvtepi32_ps(sum);
}

#define PAIR(low, high)                                                                   \
  _mm512_setr_epi32(low, low, low, low, low, low, low, low, high, high, high, high, high, \
                    high, high, high)

VNNI
void nibble_q4_k_integer_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks,
                                  const float *x, float *scratch, float *results) {
  uint8_t *arranged = (uint8_t *)scratch;
  for (ptrdiff_t block = 0; block < blocks; block++)
    arrange_block(x + block * block_length, arranged + block * arranged_size);
  const __m512i nibble = _mm512_set1_epi8(15);
  for (ptrdiff_t row = 0; row < rows; row++) {
    __m512 lanes = _mm512_setzero_ps(), others = lanes, offsets = lanes;
    const uint8_t *input = arranged;
    for (ptrdiff_t block = 0; block < blocks;
         block++, bytes += block_bytes, input += arranged_size) {
      __builtin_prefetch(bytes + ahead);
      __builtin_prefetch(bytes + ahead + 64);
      // Eight steps of codes times inputs, then eight minima times sums of inputs.
      const __m512 products =
          _mm512_mul_ps(steps(bytes), _mm512_loadu_ps((const float *)(input + planes_size)));
      offsets = _mm512_add_ps(offsets, products);
      const __m512i front = _mm512_loadu_si512(bytes + 16), back = _mm512_loadu_si512(bytes + 80);
      const __m512i front_high = _mm512_and_si512(_mm512_srli_epi16(front, 4), nibble);
      const __m512i back_high = _mm512_and_si512(_mm512_srli_epi16(back, 4), nibble);
      lanes = _mm512_fmadd_ps(sums(_mm512_and_si512(front, nibble), input),
                              _mm512_permutexvar_ps(PAIR(0, 2), products), lanes);
      others = _mm512_fmadd_ps(sums(front_high, input + 192),
                               _mm512_permutexvar_ps(PAIR(1, 3), products), others);
      lanes = _mm512_fmadd_ps(sums(_mm512_and_si512(back, nibble), input + 384),
                              _mm512_permutexvar_ps(PAIR(4, 6), products), lanes);
      others = _mm512_fmadd_ps(sums(back_high, input + 576),
                               _mm512_permutexvar_ps(PAIR(5, 7), products), others);
    }
    results[row] = _mm512_reduce_add_ps(_mm512_add_ps(lanes, others)) -
                   _mm512_mask_reduce_add_ps(0xFF00, offsets);
  }
}

#else

int nibble_has_q4_k_integers(void) { return 0; }

void nibble_q4_k_integer_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks,
                                  const float *x, float *scratch, float *results) {
  (void)bytes, (void)rows, (void)blocks, (void)x, (void)scratch, (void)results;
  __builtin_trap();  // nobody calls what is not there
}

#endif
