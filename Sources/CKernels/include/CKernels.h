// The loops that C runs faster than Swift, one header per topic.
//
// Every function that computes a result has a Swift twin that explains it and judges it in the tests;
// nibble_probe, nibble_pages and nibble_renames measure the machine, advise it or ask it. Loops are compiled for several
// processors and the loader picks one (NIBBLE_CLONES), so one library serves all machines.
#ifndef NIBBLE_CKERNELS_H
#define NIBBLE_CKERNELS_H

#include "nibble_activations.h"
#include "nibble_adaround.h"
#include "nibble_affine.h"
#include "nibble_attention.h"
#include "nibble_blas_core.h"
#include "nibble_block_products.h"
#include "nibble_blocks.h"
#include "nibble_codebook.h"
#include "nibble_dense.h"
#include "nibble_feedback.h"
#include "nibble_halves.h"
#include "nibble_hqq.h"
#include "nibble_integer_product.h"
#include "nibble_log_softmax.h"
#include "nibble_minifloat.h"
#include "nibble_packing.h"
#include "nibble_layers.h"
#include "nibble_minifloat.h"
#include "nibble_optimizer.h"
#include "nibble_pages.h"
#include "nibble_pause.h"
#include "nibble_probe.h"
#include "nibble_q4_k_integers.h"
#include "nibble_renames.h"
#include "nibble_superblocks.h"

#endif
