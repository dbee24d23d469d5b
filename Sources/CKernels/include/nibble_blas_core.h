// Which of OpenBLAS's kernels this process uses.
#ifndef NIBBLE_BLAS_CORE_H
#define NIBBLE_BLAS_CORE_H

// The widest kernels this processor can run, by OpenBLAS's name: "SkylakeX" with AVX-512, "Haswell"
// with AVX2; NULL where neither is there, or on another architecture.
const char *nibble_blas_widest_core(void);

#endif
