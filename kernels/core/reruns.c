/* reruns.c: how long second runs take. */
#define _POSIX_C_SOURCE 199309L /* clock_gettime */
#include "reruns.h"

#include "count.h"

#include <time.h>

static _Thread_local int64_t began; /* when the second run began that is going on, or 0 */
static _Thread_local int64_t sum;

int64_t eoq_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void eoq_rerun_begin(void) {
  if (began == 0) began = eoq_nanoseconds();
  EOQ_TALLY_PAUSE();
}

void eoq_rerun_end(void) {
  if (began == 0) return;
  sum += eoq_nanoseconds() - began;
  began = 0;
  EOQ_TALLY_RESUME();
}

int32_t eoq_is_rerun(void) {
  return began != 0;
}

int64_t eoq_reruns_take(void) {
  const int64_t taken = sum;
  sum = 0;
  return taken;
}
