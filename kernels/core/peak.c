/* peak.c: shares a peak loop over the threads. */
#include "peak.h"

enum { MAX_ITERATIONS = 4096 };

typedef struct {
  eoq_peak_loop *loop;
  int32_t iterations;
} peak_context;

static void run_once(void *argument, int32_t item, int32_t thread) {
  (void)item, (void)thread;
  const peak_context *c = argument;
  c->loop(c->iterations);
}

int32_t eoq_peak_run(eoq_peak_loop *loop, int32_t iterations) {
  const int32_t status = eoq_within("iterations", iterations, 1, MAX_ITERATIONS);
  if (status < 0) return status;
  EOQ_END_OF_CHECKS();
  peak_context context = { loop, iterations };
  eoq_parallel(run_once, &context, eoq_threads());
  return EOQ_OK;
}
