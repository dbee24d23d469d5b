// Sixteen sub-blocks side by side, one a lane: each lane adds in the order of the plain loop.
//
// A search over one sub-block is a handful of sums that must be added in order, so it cannot be
// split. Sixteen searches can run at once, though: vectors here never hold neighbours of one sum.
#ifndef NIBBLE_SUPERBLOCK_LANES_H
#define NIBBLE_SUPERBLOCK_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "nibble_clones.h"
#include "nibble_rounding.h"

// A product that is added is rounded first, everywhere: a fused one changes bytes.
#pragma STDC FP_CONTRACT OFF

enum { lane_count = 16, block_length = 256 };

typedef float lanes __attribute__((ext_vector_type(16)));
typedef int32_t lane_masks __attribute__((ext_vector_type(16)));
typedef float loose_lanes __attribute__((ext_vector_type(16), aligned(4)));

// A helper on lanes melts into its kernel and asks for vectors as wide as the processor has.
#if __has_attribute(min_vector_width)
#define LANES_INLINE NIBBLE_INLINE __attribute__((min_vector_width(512)))
#else
#define LANES_INLINE NIBBLE_INLINE
#endif

// Vectors are handed over by address: by value, how they travel would depend on the processor.
#define LANES_AS_BITS(values) ((lane_masks)(values))
#define LANES_OF_BITS(bits) ((lanes)(bits))
#define LANES_MAGNITUDE(values) LANES_OF_BITS(LANES_AS_BITS(values) & 0x7FFFFFFF)
#define LANES_ANY(mask) (__builtin_reduce_or(mask) != 0)

#endif
