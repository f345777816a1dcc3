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

static void *scratch[EOQ_MAX_THREADS];
static size_t scratch_bytes;
static void *shared;
static size_t shared_bytes;

static size_t whole_pages(size_t bytes) {
  return (bytes + PAGE - 1) / PAGE * PAGE;
}

int32_t eoq_scratch_reserve(size_t bytes) {
  const int grow = whole_pages(bytes) > scratch_bytes;
  const size_t allocated = grow ? whole_pages(bytes) : scratch_bytes;
  for (int32_t i = 0; i < eoq_threads() && allocated > 0; i++) {
    if (scratch[i] == NULL || grow) {
      free(scratch[i]);
      scratch[i] = aligned_alloc(PAGE, allocated);
    }
    if (scratch[i] == NULL) {
      scratch_bytes = 0;
      return eoq_fail(EOQ_ERROR_MEMORY, "no memory for %zu bytes of scratch a thread", allocated);
    }
    eoq_fence(scratch[i], bytes, allocated);
  }
  /* Threads that are not running must not keep a smaller block for later. */
  for (int32_t i = eoq_threads(); i < EOQ_MAX_THREADS && grow; i++) {
    free(scratch[i]);
    scratch[i] = NULL;
  }
  scratch_bytes = allocated;
  return EOQ_OK;
}

void *eoq_scratch(int32_t thread) {
  return scratch[thread];
}

int32_t eoq_shared_reserve(size_t bytes) {
  if (bytes > shared_bytes) {
    free(shared);
    shared_bytes = whole_pages(bytes);
    shared = aligned_alloc(PAGE, shared_bytes);
  }
  if (shared == NULL) {
    shared_bytes = 0;
    return eoq_fail(EOQ_ERROR_MEMORY, "no memory for %zu bytes of shared scratch", bytes);
  }
  eoq_fence(shared, bytes, shared_bytes);
  return EOQ_OK;
}

void *eoq_shared(void) {
  return shared;
}
