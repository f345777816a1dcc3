/* twin.c: a transport whose second member always holds what the first does, and
 * which fails when it is told to. TWIN_VERSION makes one of another version. */
#include "core/transport.h"
#include "eoq.h"

#include <string.h>

#ifndef TWIN_VERSION
#define TWIN_VERSION EOQ_TRANSPORT_VERSION
#endif

static int32_t left = -1; /* messages until one fails; below 0 none does */

EOQ_API void twin_fail_after(int32_t messages) {
  left = messages;
}

static int32_t send(void) {
  return left < 0 ? 0 : left-- == 0 ? -1 : 0;
}

static int32_t start(int32_t seconds, int32_t *rank, int32_t *size) {
  (void)seconds;
  *rank = 0;
  *size = 2;
  return send();
}

/* Sums are there when they are waited for, and not before. */
enum { MOST = 256 };
static struct {
  void *values;
  size_t count;
  int32_t type;
} started[MOST];
static int32_t next;

static int32_t combine(void *values, size_t count, int32_t type, eoq_combination how) {
  for (size_t i = 0; how == EOQ_SUM && i < count; i++) {
    if (type == EOQ_INT32) ((int32_t *)values)[i] *= 2;
    if (type == EOQ_INT64) ((int64_t *)values)[i] *= 2;
    if (type == EOQ_FP32) ((float *)values)[i] *= 2;
    if (type == EOQ_FP64) ((double *)values)[i] *= 2;
  }
  return send();
}

static int32_t start_sums(void *values, size_t count, int32_t type, int32_t *ticket) {
  *ticket = next++ % MOST;
  started[*ticket].values = values;
  started[*ticket].count = count;
  started[*ticket].type = type;
  return send();
}

static int32_t finish_sums(int32_t ticket) {
  const int32_t kept = left;
  left = -1;
  combine(started[ticket].values, started[ticket].count, started[ticket].type, EOQ_SUM);
  left = kept;
  return 0;
}

static int32_t progress(void) {
  return 0;
}

static void abandon(void) {}

static int32_t gather(const void *from, void *to, size_t bytes) {
  memcpy(to, from, bytes);
  memcpy((uint8_t *)to + bytes, from, bytes);
  return send();
}

static int32_t stop(void) {
  return 0;
}

static void end(int32_t code) {
  (void)code;
}

static const char *failure(void) {
  return "the twin is gone";
}

EOQ_API const eoq_transport eoq_transport_of_mpi = {
  .version = TWIN_VERSION,
  .start = start,
  .combine = combine,
  .start_sums = start_sums,
  .finish_sums = finish_sums,
  .progress = progress,
  .abandon = abandon,
  .gather = gather,
  .stop = stop,
  .end = end,
  .failure = failure,
};
