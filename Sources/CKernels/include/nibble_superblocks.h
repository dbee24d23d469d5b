// GGUF's blocks of 256 weights with quantized scales: Q2_K to Q6_K.
#ifndef NIBBLE_SUPERBLOCKS_H
#define NIBBLE_SUPERBLOCKS_H

#include <stddef.h>
#include <stdint.h>

// Stores `blocks` blocks of 256 finite values. `importance`, or NULL, holds as many weights of the
// squared errors. The bytes are those of llama.cpp's reference quantizers.
void nibble_q2_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes);
void nibble_q3_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes);
void nibble_q4_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes);
void nibble_q5_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes);
void nibble_q6_k_encode(const float *values, const float *importance, ptrdiff_t blocks,
                        uint8_t *bytes);

// What blocks stand for: d * scale * code - dmin * minimum, each product rounded.
void nibble_q2_k_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values);
void nibble_q3_k_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values);
void nibble_q4_k_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values);
void nibble_q5_k_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values);
void nibble_q6_k_decode(const uint8_t *bytes, ptrdiff_t blocks, float *values);

#endif
