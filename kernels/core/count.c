/* count.c: the tallies of the counting build, and how callers see them. */
#include "count.h"

#include "internal.h"

#include <string.h>

#ifdef EOQ_COUNT
uint64_t eoq_tallies[2][EOQ_OP_KINDS];
uint64_t eoq_tally_weight = 1;

int32_t eoq_tallies_read(uint8_t *to, size_t bytes) {
  if (to == NULL || bytes != sizeof eoq_tallies) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "to: must have %zu bytes", sizeof eoq_tallies);
  }
  memcpy(to, eoq_tallies, bytes);
  return EOQ_OK;
}

int32_t eoq_tallies_clear(void) {
  memset(eoq_tallies, 0, sizeof eoq_tallies);
  return EOQ_OK;
}
#else
static int32_t refuse(void) {
  return eoq_fail(EOQ_ERROR_BUILD, "tallies: this build of the library does not count");
}

int32_t eoq_tallies_read(uint8_t *to, size_t bytes) {
  (void)to, (void)bytes;
  return refuse();
}

int32_t eoq_tallies_clear(void) {
  return refuse();
}
#endif
