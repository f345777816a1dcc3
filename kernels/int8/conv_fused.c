/* conv_fused.c: when a convolution is fused with its quantizer, and how. */
#include "conv_fused.h"

#include "../core/group.h"
#include "../core/reruns.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { WORTH_BYTES = 512 * 1024 };

/* Where a magnitude may fall by this part of it to a smaller shift, the next guess is that one. */
enum { SPARE = 4 };

int32_t eoq_int8_worth_fusing(const eoq_conv_job *job, const eoq_quantizer_words *q) {
  const size_t bytes =
    (size_t)job->images * job->target_height * job->target_width * job->target_channels * sizeof(int32_t);
  return eoq_int8_selected()->takes_sink && eoq_int8_exact(q) && bytes > WORTH_BYTES &&
         eoq_conv_sink_rows(job, sizeof(int32_t)) > 0;
}

typedef struct {
  const eoq_int8_fused *fused;
  void *context;
  _Atomic int32_t shift; /* with which the next rows are quantized; it only rises */
  size_t row;            /* elements of a row */
  int8_t *shifts;        /* of each first row that was taken */
} fused_run;

static void take(void *argument, void *sums, const void *extremes, size_t from, size_t count, int32_t thread) {
  fused_run *r = argument;
  const eoq_int8_fused *fused = r->fused;
  int32_t range[2] = { ((const int32_t *)extremes)[0], ((const int32_t *)extremes)[1] };
  if (fused->measure != NULL) fused->measure(r->context, sums, from, count, thread, range);
  const int32_t needed = fused->exact(r->context, range);
  int32_t shift = atomic_load_explicit(&r->shift, memory_order_relaxed);
  while (shift < needed && !atomic_compare_exchange_weak(&r->shift, &shift, needed)) continue;
  if (shift < needed) shift = needed;
  fused->quantize(r->context, sums, from, count, shift);
  r->shifts[from / r->row] = (int8_t)shift;
}

static int32_t quantized_otherwise(const void *argument, size_t from) {
  const fused_run *r = argument;
  return r->shifts[from / r->row] != atomic_load_explicit(&r->shift, memory_order_relaxed);
}

static int32_t run_once_or_twice(const eoq_int8_conv *conv, eoq_int8_conv_run *run, fused_run *r, int32_t guess,
                                 eoq_int8_fused_range *range) {
  const eoq_int8_fused *fused = r->fused;
  eoq_conv_sink sink = { .take = take, .context = r };
  eoq_int8_conv_output sums = { .sink = &sink };
  int32_t status = run(conv, &sums);
  if (status < 0) return status;
  int32_t extremes[2] = { sums.extremes[0], sums.extremes[1] };
  if (fused->measured != NULL) fused->measured(r->context, extremes);
  if ((status = eoq_group_extremes(&extremes[0], &extremes[1], 1)) < 0) return status;
  *range = (eoq_int8_fused_range){ extremes[0], extremes[1], fused->exact(r->context, extremes) };
  atomic_store_explicit(&r->shift, range->shift, memory_order_relaxed);
  if (range->shift == guess) return EOQ_OK;
  sink.wants = quantized_otherwise;
  eoq_rerun_begin();
  status = run(conv, &(eoq_int8_conv_output){ .sink = &sink });
  eoq_rerun_end();
  return status;
}

int32_t eoq_int8_run_fused(const eoq_int8_conv *conv, const eoq_conv_job *job, eoq_int8_conv_run *run,
                           const eoq_int8_fused *fused, void *context, int32_t *guess, eoq_int8_fused_range *range) {
  conv->sums->minimum = INT32_MIN; /* whatever lies there, it is not measured */
  conv->sums->maximum = INT32_MAX;
  const int32_t first = eoq_guess(*guess);
  fused_run r = { .fused = fused,
                  .context = context,
                  .shift = first,
                  .row = (size_t)job->target_width * job->target_channels,
                  .shifts = malloc((size_t)job->images * job->target_height) };
  if (r.shifts == NULL) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for the shifts of %d images", job->images);
  const int32_t status = run_once_or_twice(conv, run, &r, first, range);
  free(r.shifts);
  if (status < 0) return status;
  const int32_t smaller[2] = { range->minimum - range->minimum / SPARE, range->maximum - range->maximum / SPARE };
  *guess = fused->exact(context, smaller);
  return EOQ_OK;
}
