// The little that Embedded Swift expects of a C library, for WebAssembly without one: memory, and
// the value a stack guard compares with. Memory is handed out and never taken back; a widget makes
// three codebooks in its life, and a page that reloads starts anew.

typedef __SIZE_TYPE__ size_t;

extern unsigned char __heap_base;

static size_t next;

int posix_memalign(void **result, size_t alignment, size_t size) {
  if (next == 0) next = (size_t)&__heap_base;
  size_t start = (next + alignment - 1) & ~(alignment - 1);
  size_t end = start + size;
  size_t have = __builtin_wasm_memory_size(0) * 65536;
  if (end > have) {
    size_t pages = (end - have + 65535) / 65536;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return 12; // ENOMEM
  }
  next = end;
  *result = (void *)start;
  return 0;
}

void free(void *memory) { (void)memory; }

void *memcpy(void *to, const void *from, size_t count) {
  unsigned char *out = to;
  const unsigned char *in = from;
  while (count--) *out++ = *in++;
  return to;
}

void *memmove(void *to, const void *from, size_t count) {
  unsigned char *out = to;
  const unsigned char *in = from;
  if (out < in) return memcpy(to, from, count);
  while (count--) out[count] = in[count];
  return to;
}

void *memset(void *to, int value, size_t count) {
  unsigned char *out = to;
  while (count--) *out++ = (unsigned char)value;
  return to;
}

void *__stack_chk_guard = (void *)0x5AFE57AC;

_Noreturn void __stack_chk_fail(void) { __builtin_trap(); }
