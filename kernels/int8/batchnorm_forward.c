/* batchnorm_forward.c: y = quantize(relu(batchnorm(x) + residual)), the ReLU
 * being optional, with the statistics of the batch or the running ones. */
#include "../core/group.h"
#include "../core/reruns.h"
#include "batchnorm_pass.h"
#include "tally.h"

enum { MOST_RESIDUAL_BITS = 22 };
/* Differences of sums within this fit int32. */
#define MOST_SUM ((1 << 30) - 1)

typedef struct {
  eoq_norm_pass pass;
  const eoq_tensor *residual, *norm;
  eoq_tensor *x, *running, *y;
  eoq_norm_target target;
  int32_t shift; /* of the moments */
  int32_t maximum[EOQ_MAX_THREADS];
} context;

static int32_t init(context *c, const eoq_int8_batchnorm_forward_call *call, int32_t relu) {
  *c = (context){ 0 };
  const int32_t status = eoq_norm_pass_init(&c->pass, call->pixels, call->c, EOQ_NORM_FORWARD_LANES);
  if (status < 0) return status;
  const size_t count = c->pass.count, pairs = 2 * c->pass.lanes.channels;
  if ((c->x = eoq_tensor_get(call->x, EOQ_INT32, count, "x")) == NULL ||
      (call->residual != 0 && (c->residual = eoq_tensor_get(call->residual, EOQ_INT8, count, "residual")) == NULL) ||
      (c->norm = eoq_tensor_get(call->norm, EOQ_INT8, pairs, "norm")) == NULL ||
      (c->running = eoq_tensor_get(call->running, EOQ_INT32, pairs, "running")) == NULL ||
      (c->y = eoq_tensor_get(call->y, EOQ_INT8, count, "y")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  c->target = (eoq_norm_target){
    .x = c->x->data,
    .residual = c->residual == NULL ? NULL : c->residual->data,
    .residual_factor =
      c->residual == NULL
        ? 0
        : (int32_t)eoq_scale_by_power(1, c->residual->exponent - EOQ_NORM_SUM_EXPONENT, 1 << MOST_RESIDUAL_BITS),
    .y = c->y->data,
    .relu = relu,
  };
  return EOQ_OK;
}

/* Known in a run alone. */
static int32_t check_sums(const eoq_tensor *x) {
  if (eoq_magnitude(x->minimum, x->maximum) <= MOST_SUM) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_TENSOR, "x: holds values beyond +-%d, which cannot be normalised", MOST_SUM);
}

static eoq_norm_number set_lane(const context *c, size_t channel, eoq_norm_channel statistics) {
  const int8_t *gamma = c->norm->data, *beta = gamma + c->pass.lanes.channels;
  return eoq_norm_set_forward(&c->pass.lanes, channel, statistics, gamma[channel], beta[channel]);
}

static void normalize_range(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const size_t from = eoq_range_from(c->pass.count, item);
  const int32_t maximum =
    c->pass.kernels->normalize(&c->pass.lanes, &c->target, from, from + eoq_range_length(c->pass.count, item));
  c->maximum[thread] = maximum > c->maximum[thread] ? maximum : c->maximum[thread];
}

/* With the shift of the last call, which is nearly always the exact one. */
static int32_t normalize(context *c, int32_t *guess) {
  eoq_norm_pass_repeat(&c->pass, EOQ_NORM_FORWARD_LANES);
  const int32_t tried = eoq_guess(*guess);
  c->target.shift = tried;
  eoq_parallel(normalize_range, c, eoq_ranges(c->pass.count));
  int32_t maximum = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) maximum = c->maximum[t] > maximum ? c->maximum[t] : maximum;
  int32_t minimum = 0;
  const int32_t status = eoq_group_extremes(&minimum, &maximum, 1);
  if (status < 0) return status;
  c->target.shift = eoq_quantize_shift((uint64_t)maximum);
  if (c->target.shift != tried) {
    eoq_rerun_begin();
    eoq_parallel(normalize_range, c, eoq_ranges(c->pass.count));
    eoq_rerun_end();
  }
  *guess = c->target.shift;
  const eoq_rounding rounding = { .bits = EOQ_INT8_BITS, .shift = c->target.shift };
  eoq_int8_set_rounded(c->y, c->pass.count, EOQ_NORM_SUM_EXPONENT, c->target.relu ? 0 : -maximum, maximum, rounding);
  return EOQ_OK;
}

static void add_moments(const eoq_norm_pass *pass, size_t from, size_t pixels, int64_t *sums, int64_t *squares) {
  const context *c = pass->context;
  const size_t channels = pass->lanes.channels;
  pass->kernels->moments(c->target.x + from * channels, pixels, channels, c->shift, sums, squares);
}

/* 1 / std of all channels with the one exponent that leaves the largest 31 bits. */
static void store_inverses(const eoq_norm_number *inverses, size_t channels, int32_t sums_exponent, eoq_tensor *to) {
  int32_t top = INT32_MIN;
  for (size_t k = 0; k < channels; k++) top = inverses[k].exponent > top ? inverses[k].exponent : top;
  int32_t *values = to->data;
  for (size_t k = 0; k < channels; k++) {
    values[k] = (int32_t)eoq_scale_by_power((int64_t)inverses[k].mantissa, inverses[k].exponent - top - 2, INT32_MAX);
    EOQ_TALLY(EOQ_OP_COMPARE, 1);
    EOQ_TALLY_SCALE_BY_POWER(1);
  }
  to->exponent = top + 2 - sums_exponent;
  to->minimum = 0;
  to->maximum = INT32_MAX;
}

int32_t eoq_int8_batchnorm_forward(eoq_int8_batchnorm_forward_call *call) {
  context c;
  int32_t status =
    EOQ_APART(4, { "y", call->y }, { "running", call->running }, { "inverse", call->inverse }, { "xhat", call->xhat },
              { "x", call->x }, { "residual", call->residual }, { "norm", call->norm });
  if (status < 0 || (status = init(&c, call, call->mask != 0)) < 0) return status;
  eoq_tensor *bits = call->mask == 0 ? NULL : eoq_tensor_get(call->mask, EOQ_BITS, c.pass.count, "mask");
  eoq_tensor *normal =
    call->mask != 0 && bits == NULL ? NULL : eoq_tensor_get(call->xhat, EOQ_INT16, c.pass.count, "xhat");
  eoq_tensor *scale = normal == NULL ? NULL : eoq_tensor_get(call->inverse, EOQ_INT32, (size_t)call->c, "inverse");
  if (scale == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  if ((status = check_sums(c.x)) < 0 || (status = eoq_group_extremes(&c.x->minimum, &c.x->maximum, 1)) < 0) {
    return status;
  }
  c.shift = eoq_norm_moment_shift(eoq_magnitude(c.x->minimum, c.x->maximum), c.pass.whole);
  if ((status = eoq_norm_pass_sums(&c.pass, add_moments, &c)) < 0) return status;
  const int64_t *sums = c.pass.sums, *squares = sums + call->c;
  int32_t *means = c.running->data, *stds = means + call->c;
  eoq_norm_number inverses[EOQ_NORM_MOST_CHANNELS];
  for (int32_t k = 0; k < call->c; k++) {
    const eoq_norm_channel batch = eoq_norm_of_moments(sums[k], squares[k], c.shift, c.pass.whole, c.x->exponent);
    eoq_norm_run(&means[k], &stds[k], batch, c.x->exponent);
    inverses[k] = set_lane(&c, (size_t)k, batch);
  }
  store_inverses(inverses, (size_t)call->c, c.x->exponent, scale);
  c.target.mask = bits == NULL ? NULL : bits->data;
  c.target.xhat = normal->data;
  normal->exponent = EOQ_NORM_XHAT_EXPONENT;
  c.running->exponent = EOQ_NORM_RUNNING_EXPONENT;
  return normalize(&c, &call->guess);
}

int32_t eoq_int8_batchnorm_inference(eoq_int8_batchnorm_inference_call *call) {
  context c;
  int32_t status = EOQ_APART(1, { "y", call->y }, { "residual", call->residual }, { "norm", call->norm });
  const eoq_int8_batchnorm_forward_call common = { .x = call->x,
                                                   .residual = call->residual,
                                                   .norm = call->norm,
                                                   .running = call->running,
                                                   .y = call->y,
                                                   .pixels = call->pixels,
                                                   .c = call->c };
  if (status < 0 || (status = eoq_int8_flag("relu", call->relu)) < 0 || (status = init(&c, &common, call->relu)) < 0) {
    return status;
  }
  EOQ_END_OF_CHECKS();
  if ((status = check_sums(c.x)) < 0) return status;
  const int32_t *means = c.running->data, *stds = means + call->c;
  for (int32_t k = 0; k < call->c; k++) {
    set_lane(&c, (size_t)k, eoq_norm_of_running(means[k], stds[k], c.x->exponent));
  }
  return normalize(&c, &call->guess);
}
