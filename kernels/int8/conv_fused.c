/* conv_fused.c: when a convolution is fused with its quantizer, and how. */
#include "conv_fused.h"

#include "../core/group.h"
#include "../core/reruns.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { WORTH_BYTES = 512 * 1024 };

int32_t eoq_int8_worth_fusing(const eoq_conv_job *job, const eoq_quantizer_words *q) {
  const size_t bytes =
    (size_t)job->images * job->target_height * job->target_width * job->target_channels * sizeof(int32_t);
  return eoq_int8_selected()->takes_sink && eoq_int8_exact(q) && bytes > WORTH_BYTES &&
         eoq_conv_sink_rows(job, sizeof(int32_t)) > 0;
}

/* The images that decided the shift in the thread's last calls, the last of them first: large sums are likely theirs
 * in the next layer, too. Of another batch, they are as good as any. */
enum { DECIDING = 8 };
static _Thread_local int32_t deciding[DECIDING];

typedef struct {
  const eoq_int8_fused *fused;
  void *context;
  _Atomic int32_t shift; /* with which the next rows are quantized; it only rises */
  int32_t height;
  size_t row;     /* elements of a row */
  int32_t *order; /* in which images are taken */
  int8_t *shifts; /* of each first row that was taken */
  eoq_int8_end *end;
  struct {
    _Alignas(64) uint64_t magnitude;
    int32_t image;
  } largest[EOQ_MAX_THREADS]; /* of each thread */
} fused_run;

static void take(void *argument, void *sums, const void *extremes, size_t from, size_t count, int32_t thread) {
  fused_run *r = argument;
  const eoq_int8_fused *fused = r->fused;
  const size_t row = from / r->row;
  int32_t range[2] = { ((const int32_t *)extremes)[0], ((const int32_t *)extremes)[1] };
  int32_t shift = atomic_load_explicit(&r->shift, memory_order_relaxed);
  const int32_t quantized = fused->measure == NULL ? -1 : shift; /* with which */
  if (fused->measure != NULL) fused->measure(r->context, sums, from, count, thread, shift, range);
  const uint64_t magnitude = eoq_magnitude(range[0], range[1]);
  if (magnitude > r->largest[thread].magnitude) {
    r->largest[thread].magnitude = magnitude;
    r->largest[thread].image = (int32_t)row / r->height;
  }
  const int32_t needed = fused->exact(r->context, range);
  while (shift < needed && !atomic_compare_exchange_weak(&r->shift, &shift, needed)) continue;
  if (shift < needed) shift = needed;
  if (shift != quantized) fused->quantize(r->context, sums, from, count, shift);
  r->shifts[row] = (int8_t)shift;
}

static int32_t quantized_otherwise(const void *argument, size_t from) {
  const fused_run *r = argument;
  return r->shifts[from / r->row] != atomic_load_explicit(&r->shift, memory_order_relaxed);
}

/* Each thread begins its share with those that decided. */
static void put_in_order(int32_t *order, int32_t images) {
  for (int32_t i = 0; i < images; i++) order[i] = i;
  int32_t begun[EOQ_MAX_THREADS] = { 0 };
  for (int32_t d = 0; d < DECIDING; d++) {
    const int32_t image = deciding[d] % images;
    int32_t thread = 0, at = 0;
    while (order[at] != image) at++;
    while (eoq_share(images, thread + 1, eoq_threads()) <= at) thread++;
    const int32_t to = eoq_share(images, thread, eoq_threads()) + begun[thread];
    if (at < to) continue;
    order[at] = order[to];
    order[to] = image;
    begun[thread]++;
  }
}

static void remember(int32_t image) {
  int32_t last = 0;
  while (last < DECIDING - 1 && deciding[last] != image) last++;
  for (; last > 0; last--) deciding[last] = deciding[last - 1];
  deciding[0] = image;
}

static int32_t run_once_or_twice(const eoq_int8_conv *conv, eoq_int8_conv_run *run, fused_run *r, int32_t guess,
                                 eoq_int8_fused_range *range) {
  const eoq_int8_fused *fused = r->fused;
  eoq_conv_sink sink = { .take = take, .context = r, .end = r->end, .order = r->order };
  eoq_int8_conv_output sums = { .sink = &sink };
  int32_t status = run(conv, &sums);
  if (status < 0) return status;
  int32_t extremes[2] = { sums.extremes[0], sums.extremes[1] }, largest = 0;
  if (fused->measured != NULL) fused->measured(r->context, extremes);
  for (int32_t t = 1; t < eoq_threads(); t++) {
    if (r->largest[t].magnitude > r->largest[largest].magnitude) largest = t;
  }
  remember(r->largest[largest].image);
  if ((status = eoq_group_extremes(&extremes[0], &extremes[1], 1)) < 0) return status;
  *range = (eoq_int8_fused_range){ extremes[0], extremes[1], fused->exact(r->context, extremes) };
  if (range->shift == guess) return EOQ_OK;
  atomic_store_explicit(&r->shift, range->shift, memory_order_relaxed);
  sink.wants = quantized_otherwise;
  eoq_rerun_begin();
  status = run(conv, &(eoq_int8_conv_output){ .sink = &sink });
  eoq_rerun_end();
  return status;
}

int32_t eoq_int8_run_fused(const eoq_int8_conv *conv, const eoq_conv_job *job, eoq_int8_conv_run *run,
                           const eoq_int8_fused *fused, void *context, eoq_int8_end *end, int32_t *guess,
                           eoq_int8_fused_range *range) {
  conv->sums->minimum = INT32_MIN; /* whatever lies there, it is not measured */
  conv->sums->maximum = INT32_MAX;
  const int32_t first = eoq_guess(*guess);
  const size_t images = (size_t)job->images;
  int32_t *order = malloc(images * (sizeof *order + job->target_height));
  if (order == NULL) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for the order of %d images", job->images);
  put_in_order(order, job->images);
  fused_run r = { .fused = fused,
                  .context = context,
                  .shift = first,
                  .height = job->target_height,
                  .row = (size_t)job->target_width * job->target_channels,
                  .order = order,
                  .shifts = (int8_t *)(order + images),
                  .end = end };
  if (end != NULL) {
    end->shift = &r.shift;
    end->shifts = r.shifts;
    end->row = r.row;
  }
  const int32_t status = run_once_or_twice(conv, run, &r, first, range);
  free(order);
  *guess = status < 0 || range->shift == 0 ? 0 : range->shift - 1;
  return status;
}
