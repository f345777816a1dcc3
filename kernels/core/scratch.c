/* scratch.c: memory that kernels work in, kept from call to call. A build with
 * AddressSanitizer fences off what the present call did not ask for. */
#include "internal.h"

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>

void eoq_fence(void *block, size_t bytes, size_t allocated) {
  __asan_unpoison_memory_region(block, bytes);
  __asan_poison_memory_region((uint8_t *)block + bytes, allocated - bytes);
}
#endif

enum { PAGE = 4096 };

/* A block that grows and never shrinks. */
typedef struct {
  void *memory;
  size_t bytes;
} block;

/* Of threads, and what the threads of a call share, which is the first one's. */
static block scratch[EOQ_MAX_THREADS], shared[EOQ_MAX_THREADS];

static int32_t reserve(block *b, size_t bytes, const char *what) {
  if (bytes > b->bytes) {
    free(b->memory);
    b->bytes = (bytes + PAGE - 1) / PAGE * PAGE;
    b->memory = aligned_alloc(PAGE, b->bytes);
    if (b->memory == NULL) {
      b->bytes = 0;
      return eoq_fail(EOQ_ERROR_MEMORY, "no memory for %zu bytes of %s", bytes, what);
    }
  }
  if (b->memory != NULL) eoq_fence(b->memory, bytes, b->bytes);
  return EOQ_OK;
}

int32_t eoq_scratch_reserve(size_t bytes) {
  const int32_t first = eoq_lane(), end = first + eoq_threads();
  int32_t status = EOQ_OK;
  for (int32_t i = first; i < end && status >= 0; i++) status = reserve(&scratch[i], bytes, "scratch a thread");
  return status;
}

void *eoq_scratch(int32_t thread) {
  return scratch[eoq_lane() + thread].memory;
}

int32_t eoq_shared_reserve(size_t bytes) {
  return reserve(&shared[eoq_lane()], bytes, "shared scratch");
}

void *eoq_shared(void) {
  return shared[eoq_lane()].memory;
}
