// Rows of blocks times a vector, without writing the weights anywhere: codes become numbers in the
// registers that multiply them, and a run's scale multiplies the run's sum.
//
// One token at a time is bound by reading weights, and blocks are a quarter of single precision or less;
// what is left to do per weight must then fit between the loads. So what is the same for a whole run is
// done once a run: an offset or a minimum is multiplied by the sum of the run's inputs, which all rows
// share. And where nibbles lie in words, a code is not converted to a number but put into the upper bits
// of one's mantissa, which takes a shift and a mask: 1 + code/16, or 1 + code/64. The ones are taken off
// again with the offsets.
#include "nibble_block_products.h"

#include "nibble_superblock_scales.h"
#include "nibble_vectors.h"

// How far the loads run ahead, in bytes.
enum { ahead = 4096 };

typedef uint8_t bytes16 __attribute__((ext_vector_type(16)));
typedef int8_t signed16 __attribute__((ext_vector_type(16)));
typedef uint32_t words __attribute__((ext_vector_type(16)));
typedef uint32_t words8 __attribute__((ext_vector_type(8)));
typedef uint64_t pair __attribute__((ext_vector_type(2)));
typedef float vector4 __attribute__((ext_vector_type(4)));

// The half-precision number at an address, or two in one word. They travel through a whole register of
// their own: inserted into one lane of another, as a lone half would be, they would wait for whatever
// that register waits for.
#if defined(__FLT16_MAX__)
typedef _Float16 halves4 __attribute__((ext_vector_type(4)));
NIBBLE_INLINE vector4 half_values(uint32_t bits) {
  uint64_t alone = bits;
  __asm__("" : "+r"(alone));  // or the compiler inserts it after all
  halves4 values;
  memcpy(&values, &alone, sizeof values);
  return __builtin_convertvector(values, vector4);
}
NIBBLE_INLINE float half_value(const uint8_t *source) {
  uint16_t bits;
  memcpy(&bits, source, sizeof bits);
  return half_values(bits).x;
}
#else
#include "nibble_block_parts.h"
NIBBLE_INLINE float half_value(const uint8_t *source) { return half_at(source); }
NIBBLE_INLINE vector4 half_values(uint32_t bits) {
  uint8_t bytes[4];
  memcpy(bytes, &bits, sizeof bytes);
  return (vector4){half_at(bytes), half_at(bytes + 2), 0, 0};
}
#endif

// Sixteen bytes as whole numbers of 32 bits.
VECTOR_INLINE void widen(const uint8_t *source, vector_bits *result) {
  bytes16 loaded;
  memcpy(&loaded, source, sizeof loaded);
  *result = __builtin_convertvector(loaded, vector_bits);
}

VECTOR_INLINE void run_sums(const float *values, ptrdiff_t runs, ptrdiff_t length, float *sums) {
  for (ptrdiff_t run = 0; run < runs; run++, values += length) {
    vector lanes = 0;
    for (ptrdiff_t k = 0; k < length; k += vector_width) lanes += VECTOR_AT(values + k);
    sums[run] = sum_of(&lanes);
  }
}

// The sum over 32 codes of four bits times inputs: byte j holds codes j and j + 16.
VECTOR_INLINE void nibble_run(const uint8_t *codes, const float *x, vector *result) {
  vector_bits packed;
  widen(codes, &packed);
  vector low = __builtin_convertvector(packed & 15, vector);
  vector high = __builtin_convertvector(packed >> 4, vector);
  *result = low * VECTOR_AT(x) + high * VECTOR_AT(x + 16);
}

// Q8_0: a scale, 32 signed bytes.
NIBBLE_CLONES
void nibble_q8_0_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks, const float *x,
                          float *scratch, float *results) {
  (void)scratch;
  for (ptrdiff_t row = 0; row < rows; row++) {
    vector lanes = 0;
    const float *input = x;
    for (ptrdiff_t block = 0; block < blocks; block++, bytes += 34, input += 32) {
      __builtin_prefetch(bytes + ahead);
      signed16 first, second;
      memcpy(&first, bytes + 2, sizeof first);
      memcpy(&second, bytes + 18, sizeof second);
      vector run = __builtin_convertvector(first, vector) * VECTOR_AT(input);
      run += __builtin_convertvector(second, vector) * VECTOR_AT(input + 16);
      lanes += run * half_value(bytes);
    }
    results[row] = sum_of(&lanes);
  }
}

// Q4_0: a scale, 32 codes from which 8 is subtracted.
NIBBLE_CLONES
void nibble_q4_0_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks, const float *x,
                          float *scratch, float *results) {
  run_sums(x, blocks, 32, scratch);
  for (ptrdiff_t row = 0; row < rows; row++) {
    vector lanes = 0;
    float offsets = 0;
    for (ptrdiff_t block = 0; block < blocks; block++, bytes += 18) {
      __builtin_prefetch(bytes + ahead);
      const float scale = half_value(bytes);
      vector run;
      nibble_run(bytes + 2, x + 32 * block, &run);
      lanes += run * scale;
      offsets += scale * scratch[block];
    }
    results[row] = sum_of(&lanes) - 8 * offsets;
  }
}

// Every fourth number of 32, beginning at each of four: what lane i of eight words meets in their byte b
// lies at 8 b + i.
VECTOR_INLINE void by_byte(const float *x, float *result) {
  for (int byte = 0; byte < 4; byte++)
    for (int lane = 0; lane < 8; lane++) result[8 * byte + lane] = x[4 * lane + byte];
}

// Inputs in the order in which codes come out of sixteen words, 128 at a time: for each byte b of a word
// the sixteen of its low halves, then the sixteen of its high halves. `low` and `high` say where of 128 the
// inputs of the first eight words begin, and `next` how far on those of the other eight.
VECTOR_INLINE void arrange(const float *x, ptrdiff_t count, int high, int next, float *result) {
  for (ptrdiff_t start = 0; start < count; start += 128, x += 128, result += 128) {
    float parts[4][32];
    by_byte(x, parts[0]);
    by_byte(x + high, parts[1]);
    by_byte(x + next, parts[2]);
    by_byte(x + high + next, parts[3]);
    for (int byte = 0; byte < 4; byte++)
      for (int part = 0; part < 4; part++)
        memcpy(result + 32 * byte + 16 * (part % 2) + 8 * (part / 2), parts[part] + 8 * byte,
               8 * sizeof(float));
  }
}

// 1 + code/16 or 1 + code/64: the bits of `mask`, the upper ones of a mantissa, from a code `left` places
// below them, or -left above.
#define ONE_AND(code_words, left, mask) \
  ((vector)((((left) >= 0 ? (code_words) << ((left) & 31) : (code_words) >> (-(left) & 31)) & \
             (mask)) | 0x3F800000))

// Four nibbles of each word, those of one parity, times their inputs, with 1 for 16.
VECTOR_INLINE void nibble_words(const words *codes, const int high, const float *x,
                                vector *result) {
  const words w = *codes;
  vector sum = ONE_AND(w, 19 - 4 * high, 0x780000) * VECTOR_AT(x);
  sum += ONE_AND(w, 11 - 4 * high, 0x780000) * VECTOR_AT(x + 32);
  sum += ONE_AND(w, 3 - 4 * high, 0x780000) * VECTOR_AT(x + 64);
  sum += ONE_AND(w, -5 - 4 * high, 0x780000) * VECTOR_AT(x + 96);
  *result = sum;
}

// Four codes of six bits, the lower ones of each byte of each word, times their inputs, with 1 for 64.
VECTOR_INLINE void six_bit_words(const words *codes, const float *x, vector *result) {
  const words w = *codes;
  vector sum = ONE_AND(w, 17, 0x7E0000) * VECTOR_AT(x);
  sum += ONE_AND(w, 9, 0x7E0000) * VECTOR_AT(x + 32);
  sum += ONE_AND(w, 1, 0x7E0000) * VECTOR_AT(x + 64);
  sum += ONE_AND(w, -7, 0x7E0000) * VECTOR_AT(x + 96);
  *result = sum;
}

// The numbers that every row of Q4_K meets: inputs in the order of the codes, then, for each block, eight
// runs' sums for what the ones of ONE_AND have added, and the same for the minima.
VECTOR_INLINE void arrange_q4_k(const float *x, ptrdiff_t blocks, float *scratch) {
  float *sums = scratch + 256 * blocks;
  arrange(x, 256 * blocks, 32, 64, scratch);
  for (ptrdiff_t block = 0; block < blocks; block++, sums += 16) {
    run_sums(x + 256 * block, 8, 32, sums + 8);
    for (int run = 0; run < 8; run++) sums[run] = 16 * sums[8 + run];
  }
}

// Eight scales and eight minima, times the block's two factors.
VECTOR_INLINE void steps_q4_k(const uint8_t *bytes, vector *result) {
  uint32_t factors;
  uint64_t scales, minima;
  memcpy(&factors, bytes, sizeof factors);
  unpack_six_bits_to_words(bytes + 4, &scales, &minima);
  const pair codes = {scales, minima};
  vector step = __builtin_convertvector(
      __builtin_convertvector((bytes16)codes, vector_bits), vector);
  const vector4 factor = half_values(factors);
  *result = step * __builtin_shufflevector(factor, factor, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1,
                                           1, 1, 1);
}

// Q4_K: a scale and a minimum, each times six bits for every 32 of 256 codes.
//
// Of 128 codes in 64 bytes the low halves of the first 32 bytes come first, then their high halves.
NIBBLE_CLONES
void nibble_q4_k_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks, const float *x,
                          float *scratch, float *results) {
  arrange_q4_k(x, blocks, scratch);
  for (ptrdiff_t row = 0; row < rows; row++) {
    vector lanes = 0, others = 0, offsets = 0;
    const float *input = scratch;
    const float *sums = scratch + 256 * blocks;
    for (ptrdiff_t block = 0; block < blocks; block++, bytes += 144, input += 256, sums += 16) {
      __builtin_prefetch(bytes + ahead);
      __builtin_prefetch(bytes + ahead + 64);
      vector step;
      steps_q4_k(bytes, &step);
      offsets += step * VECTOR_AT(sums);
      words front, back;
      memcpy(&front, bytes + 16, sizeof front);
      memcpy(&back, bytes + 80, sizeof back);
      vector run;
      nibble_words(&front, 0, input, &run);
      lanes += run * __builtin_shufflevector(step, step, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2,
                                             2, 2);
      nibble_words(&front, 1, input + 16, &run);
      others += run * __builtin_shufflevector(step, step, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3,
                                              3, 3);
      nibble_words(&back, 0, input + 128, &run);
      lanes += run * __builtin_shufflevector(step, step, 4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6,
                                             6, 6);
      nibble_words(&back, 1, input + 144, &run);
      others += run * __builtin_shufflevector(step, step, 5, 5, 5, 5, 5, 5, 5, 5, 7, 7, 7, 7, 7, 7,
                                              7, 7);
    }
    lanes += others;
    results[row] = 16 * sum_of(&lanes) - sum_of(&offsets);
  }
}

// Q6_K: a scale times a signed byte for every 16 of 256 codes, from which 32 is subtracted.
//
// Of 128 codes the low halves of 64 bytes are the first 64, their high halves the next; a byte of the upper
// bits serves codes l, l + 32, l + 64 and l + 96, two bits each.
NIBBLE_CLONES
void nibble_q6_k_products(const uint8_t *bytes, ptrdiff_t rows, ptrdiff_t blocks, const float *x,
                          float *scratch, float *results) {
  float *sums = scratch + 256 * blocks;
  arrange(x, 256 * blocks, 64, 32, scratch);
  run_sums(x, 16 * blocks, 16, sums);
  for (ptrdiff_t row = 0; row < rows; row++) {
    vector lanes = 0, others = 0, offsets = 0;
    const float *input = scratch;
    for (ptrdiff_t block = 0; block < blocks; block++, bytes += 210, input += 256) {
      __builtin_prefetch(bytes + ahead);
      __builtin_prefetch(bytes + ahead + 64);
      __builtin_prefetch(bytes + ahead + 128);
      signed16 scale_codes;
      memcpy(&scale_codes, bytes + 192, sizeof scale_codes);
      const vector step = __builtin_convertvector(scale_codes, vector) * half_value(bytes + 208);
      offsets += step * VECTOR_AT(sums + 16 * block);
      for (int half = 0; half < 2; half++) {
        words lower, upper;
        words8 loaded;
        memcpy(&lower, bytes + 64 * half, sizeof lower);
        memcpy(&loaded, bytes + 128 + 32 * half, sizeof loaded);
        upper.lo = loaded, upper.hi = loaded >> 2;
        // The lower six bits of each byte are a code; the others may be anything.
        const words low = (lower & 0x0F0F0F0F) | (upper << 4 & 0xF0F0F0F0);
        const words high = (lower >> 4 & 0x0F0F0F0F) | (upper & 0xF0F0F0F0);
        vector run;
        six_bit_words(&low, input + 128 * half, &run);
        lanes += run * (half ? __builtin_shufflevector(step, step, 8, 8, 8, 8, 9, 9, 9, 9, 10, 10,
                                                       10, 10, 11, 11, 11, 11)
                             : __builtin_shufflevector(step, step, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                       2, 3, 3, 3, 3));
        six_bit_words(&high, input + 128 * half + 16, &run);
        others += run * (half ? __builtin_shufflevector(step, step, 12, 12, 12, 12, 13, 13, 13, 13,
                                                        14, 14, 14, 14, 15, 15, 15, 15)
                              : __builtin_shufflevector(step, step, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6,
                                                        6, 6, 7, 7, 7, 7));
      }
    }
    lanes += others;
    results[row] = 64 * sum_of(&lanes) - 96 * sum_of(&offsets);
  }
}

// Groups of whole numbers with a scale and a zero each; a run of 32 codes of four bits is packed as Q4_0
// packs it, codes of eight bits lie one after the other.
VECTOR_INLINE void group_products(const uint8_t *codes, const int bits, const float *scales,
                                  const float *zeros, ptrdiff_t rows, ptrdiff_t groups,
                                  ptrdiff_t length, const float *x, const float *sums,
                                  float *results) {
  for (ptrdiff_t row = 0; row < rows; row++) {
    vector lanes = 0;
    float offsets = 0;
    const float *input = x;
    for (ptrdiff_t group = 0; group < groups; group++, scales++, zeros++) {
      vector run = 0;
      for (ptrdiff_t k = 0; k < length; k += 32, input += 32, codes += 4 * bits) {
        __builtin_prefetch(codes + ahead);
        vector part;
        if (bits == 4) {
          nibble_run(codes, input, &part);
        } else {
          vector_bits first, second;
          widen(codes, &first);
          widen(codes + 16, &second);
          part = __builtin_convertvector(first, vector) * VECTOR_AT(input);
          part += __builtin_convertvector(second, vector) * VECTOR_AT(input + 16);
        }
        run += part;
      }
      lanes += run * *scales;
      offsets += *scales * *zeros * sums[group];
    }
    results[row] = sum_of(&lanes) - offsets;
  }
}

NIBBLE_CLONES
void nibble_group_products(const uint8_t *codes, int32_t bits, const float *scales,
                           const float *zeros, ptrdiff_t rows, ptrdiff_t groups, ptrdiff_t length,
                           const float *x, float *scratch, float *results) {
  run_sums(x, groups, length, scratch);
  if (bits == 4)
    group_products(codes, 4, scales, zeros, rows, groups, length, x, scratch, results);
  else
    group_products(codes, 8, scales, zeros, rows, groups, length, x, scratch, results);
}

// The same codes as values: scale * (code - zero).
NIBBLE_CLONES
void nibble_group_decode(const uint8_t *codes, int32_t bits, const float *scales,
                         const float *zeros, ptrdiff_t groups, ptrdiff_t length, float *values) {
  for (ptrdiff_t group = 0; group < groups; group++) {
    const float scale = scales[group], zero = zeros[group];
    for (ptrdiff_t k = 0; k < length; k += 32, values += 32, codes += 4 * bits)
      for (int32_t i = 0; i < 16; i++) {
        const int32_t first = bits == 4 ? codes[i] & 15 : codes[i];
        const int32_t second = bits == 4 ? codes[i] >> 4 : codes[i + 16];
        values[i] = scale * ((float)first - zero);
        values[i + 16] = scale * ((float)second - zero);
      }
  }
}
