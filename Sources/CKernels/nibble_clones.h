// One function, several processors: the loader picks the widest one this machine has.
#ifndef NIBBLE_CLONES_H
#define NIBBLE_CLONES_H

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define NIBBLE_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#endif
#endif
#ifndef NIBBLE_CLONES
#define NIBBLE_CLONES
#endif

// Helpers must melt into their caller, so that they are compiled for its processor.
#define NIBBLE_INLINE static inline __attribute__((always_inline))

#endif
