#ifndef _GNU_SOURCE
#define _GNU_SOURCE  // RTLD_DEFAULT
#endif
#include "nibble_blas_core.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

const char *nibble_blas_widest_core(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd"))
    return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return NULL;
}

// An OpenBLAS that is older than the processor does not know its name and falls back to kernels of
// 2004, four to five times slower: version 0.3.21, which Debian 12 ships, does so on Intel's server
// processors of 2023. Before main, while nothing has been computed yet, it is told to choose again among
// the kernels it has. Whoever sets OPENBLAS_CORETYPE is obeyed, and an OpenBLAS that chose anything but
// the fallback, or was built for one processor, is left alone.
__attribute__((constructor)) static void choose_blas_core(void) {
  const char *const variable = "OPENBLAS_CORETYPE";
  const char *widest = nibble_blas_widest_core();
  if (getenv(variable) || !widest) return;
  char *(*name)(void) = (char *(*)(void))dlsym(RTLD_DEFAULT, "openblas_get_corename");
  void (*quit)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit");
  void (*init)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init");
  if (!name || !quit || !init || strcmp(name(), "Prescott") != 0) return;
  if (setenv(variable, widest, 1) != 0) return;
  quit();
  init();
  unsetenv(variable);  // processes this one starts may have another OpenBLAS
}
