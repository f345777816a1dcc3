/* conv_fused.c: when a convolution is fused with its quantizer, and how. */
#include "conv_fused.h"

#include "../core/group.h"
#include "../core/reruns.h"

enum { WORTH_BYTES = 512 * 1024 };

int32_t eoq_int8_worth_fusing(const eoq_conv_job *job, const eoq_quantizer_words *q) {
  const size_t bytes =
    (size_t)job->images * job->target_height * job->target_width * job->target_channels * sizeof(int32_t);
  return eoq_int8_selected()->takes_sink && eoq_int8_exact(q) && bytes > WORTH_BYTES &&
         eoq_conv_sink_rows(job, sizeof(int32_t)) > 0;
}

int32_t eoq_int8_run_fused(const eoq_int8_conv *conv, eoq_int8_conv_run *run, const eoq_int8_fused *fused,
                           void *context, int32_t *guess, int32_t extremes[2]) {
  const eoq_conv_sink sink = { .take = fused->take, .context = context };
  *guess = eoq_guess(*guess);
  conv->sums->minimum = INT32_MIN; /* whatever lies there, it is not measured */
  conv->sums->maximum = INT32_MAX;
  eoq_int8_conv_output sums = { .sink = &sink };
  fused->start(context, *guess);
  int32_t status = run(conv, &sums);
  if (status < 0) return status;
  extremes[0] = sums.extremes[0];
  extremes[1] = sums.extremes[1];
  if (fused->measured != NULL) fused->measured(context, extremes);
  if ((status = eoq_group_extremes(&extremes[0], &extremes[1], 1)) < 0) return status;
  const int32_t exact = fused->exact(context, extremes);
  if (exact == *guess) return EOQ_OK;
  *guess = exact;
  fused->start(context, exact);
  eoq_rerun_begin();
  status = run(conv, &(eoq_int8_conv_output){ .sink = &sink });
  eoq_rerun_end();
  return status;
}
