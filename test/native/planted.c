/* planted.c: errors on request, to see that the sanitizers report them. */
#include "core/internal.h"

#include <stdlib.h>

/* Touches a byte of a heap block of 64. */
EOQ_API int32_t planted_heap(int32_t at) {
  volatile uint8_t *block = calloc(64, 1);
  const int32_t value = block[at];
  free((void *)block);
  return value;
}

/* Touches a byte of scratch of which 100 are reserved, a page allocated. */
EOQ_API int32_t planted_scratch(int32_t at) {
  const int32_t status = eoq_scratch_reserve(100);
  ((volatile uint8_t *)eoq_scratch(0))[at] = 1;
  return status;
}

EOQ_API int32_t planted_overflow(int32_t summand) {
  return INT32_MAX - 100 + summand;
}
