/* batchnorm_backward.c: with g the error behind the ReLU's mask and m pixels
 *   dx = gamma / std (g - sum(g) / m - xhat sum(g xhat) / m),
 * one pass for the exact sums, one for dx. */
#include "../core/group.h"
#include "../core/reruns.h"
#include "batchnorm_pass.h"
#include "tally.h"

typedef struct {
  eoq_norm_pass pass;
  const int8_t *g;
  const int16_t *xhat;
  int8_t *dx;
  int32_t shift;
  int32_t extremes[EOQ_MAX_THREADS][2];
} context;

static void add_sums(const eoq_norm_pass *pass, size_t from, size_t pixels, int64_t *sums, int64_t *products) {
  const context *c = pass->context;
  const size_t channels = pass->lanes.channels, at = from * channels;
  pass->kernels->sums(c->g + at, c->xhat + at, pixels, channels, sums, products);
}

static void error_range(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const size_t from = eoq_range_from(c->pass.count, item);
  c->pass.kernels->error(&c->pass.lanes, c->g, c->xhat, c->shift, c->dx, from,
                         from + eoq_range_length(c->pass.count, item), c->extremes[thread]);
}

/* gamma / std keeps 24 bits, means 16 fraction bits, and dx fits 30 bits. */
enum {
  SCALE_BITS = 24,
  CONSTANT_FRACTION = 16,
  SLOPE_FRACTION = CONSTANT_FRACTION - 2 * EOQ_NORM_XHAT_EXPONENT,
  ERROR_BITS = 29,
  MOST_G = 128,
  MOST_XHAT = 1 << 15,
};

typedef struct {
  int64_t scale, constant, slope;
} coefficients;

static int64_t magnitude(int64_t x) {
  return x < 0 ? -x : x;
}

/* Largest |dx| in steps of `scale`, before the shift that makes it fit. */
static int64_t bound(coefficients k) {
  return magnitude(k.scale) * MOST_G + (magnitude(k.constant) >> CONSTANT_FRACTION) + 1 +
         ((magnitude(k.slope) >> SLOPE_FRACTION) + 1) * MOST_XHAT;
}

/* Sets the lanes; returns the exponent of dx relative to g, whatever gamma's and 1 / std's are. */
static int32_t set_lanes(const eoq_norm_pass *pass, const int8_t *gamma, const int32_t *inverse) {
  const size_t channels = pass->lanes.channels, period = pass->lanes.period;
  const int64_t *sums = pass->sums, *products = sums + channels;
  int64_t largest = 0;
  for (size_t k = 0; k < channels; k++) {
    const int64_t scale = magnitude((int64_t)gamma[k] * inverse[k]);
    largest = scale > largest ? scale : largest;
    EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
  }
  const int32_t over = eoq_bits((uint64_t)largest) - SCALE_BITS, drop = over > 0 ? over : 0;
  coefficients of[EOQ_NORM_MOST_CHANNELS];
  int64_t most = 0;
  for (size_t k = 0; k < channels; k++) {
    const int64_t scale = eoq_round_shift64((int64_t)gamma[k] * inverse[k], drop);
    of[k] = (coefficients){
      .scale = scale,
      .constant = -scale * eoq_norm_mean(sums[k], pass->whole),
      .slope = -scale * eoq_norm_mean(products[k], pass->whole),
    };
    most = bound(of[k]) > most ? bound(of[k]) : most;
    EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
    EOQ_TALLY(EOQ_OP_INT64_MULTIPLY, 2);
    EOQ_TALLY_ROUND_SHIFT64(1);
    EOQ_TALLY(EOQ_OP_COMPARE, 4); /* three signs and the largest bound */
    EOQ_TALLY(EOQ_OP_SHIFT, 4);   /* of the bound, and its sum */
    EOQ_TALLY(EOQ_OP_INT64_ADD, 4);
  }
  const int32_t wide = eoq_bits((uint64_t)most) - ERROR_BITS, shift = wide > 0 ? wide : 0;
  int32_t *lanes = pass->lanes.lanes;
  for (size_t k = 0; k < channels; k++) {
    lanes[EOQ_NORM_ERROR * period + k] = (int32_t)eoq_round_shift64(of[k].scale, shift);
    lanes[EOQ_NORM_CONSTANT * period + k] = (int32_t)eoq_round_shift64(of[k].constant, CONSTANT_FRACTION + shift);
    lanes[EOQ_NORM_SLOPE * period + k] = (int32_t)eoq_round_shift64(of[k].slope, SLOPE_FRACTION + shift);
    EOQ_TALLY_ROUND_SHIFT64(3);
  }
  eoq_norm_pass_repeat(pass, EOQ_NORM_BACKWARD_LANES);
  return drop + shift;
}

/* dx before it is rounded, as the kernel that rounds to nearest computes it. */
static void error_values(const void *argument, size_t from, size_t count, int32_t *v) {
  const context *c = argument;
  const size_t period = c->pass.lanes.period;
  const int32_t *error = c->pass.lanes.lanes + EOQ_NORM_ERROR * period;
  const int32_t *slope = c->pass.lanes.lanes + EOQ_NORM_SLOPE * period;
  const int32_t *constant = c->pass.lanes.lanes + EOQ_NORM_CONSTANT * period;
  size_t lane = from % period;
  for (size_t i = 0; i < count; i++) {
    v[i] = c->g[from + i] * error[lane] + c->xhat[from + i] * slope[lane] + constant[lane];
    EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 2);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
    lane = lane + 1 == period ? 0 : lane + 1;
  }
}

static void measure(context *c, int32_t extremes[2]) {
  for (int32_t t = 0; t < eoq_threads(); t++) c->extremes[t][0] = c->extremes[t][1] = 0;
  eoq_parallel(error_range, c, eoq_ranges(c->pass.count));
  extremes[0] = extremes[1] = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) {
    extremes[0] = c->extremes[t][0] < extremes[0] ? c->extremes[t][0] : extremes[0];
    extremes[1] = c->extremes[t][1] > extremes[1] ? c->extremes[t][1] : extremes[1];
  }
}

int32_t eoq_int8_batchnorm_backward(eoq_int8_batchnorm_backward_call *call) {
  context c = { 0 };
  int32_t status = EOQ_APART(1, { "dx", call->dx }, { "dy", call->dy }, { "norm", call->norm });
  if (status < 0 || (status = eoq_norm_pass_init(&c.pass, call->pixels, call->c, EOQ_NORM_BACKWARD_LANES)) < 0) {
    return status;
  }
  const size_t count = c.pass.count, pairs = 2 * c.pass.lanes.channels;
  eoq_tensor *error = eoq_tensor_get(call->dy, EOQ_INT8, count, "dy");
  eoq_tensor *normal = error == NULL ? NULL : eoq_tensor_get(call->xhat, EOQ_INT16, count, "xhat");
  eoq_tensor *parameters = normal == NULL ? NULL : eoq_tensor_get(call->norm, EOQ_INT8, pairs, "norm");
  eoq_tensor *scale = parameters == NULL ? NULL : eoq_tensor_get(call->inverse, EOQ_INT32, (size_t)call->c, "inverse");
  eoq_tensor *sums = scale == NULL ? NULL : eoq_tensor_get(call->gradients, EOQ_INT64, pairs, "gradients");
  eoq_tensor *to = sums == NULL ? NULL : eoq_int8_target(&call->quantizer, call->dx, count, "dx");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  c.g = error->data;
  c.xhat = normal->data;
  c.dx = to->data;
  if ((status = eoq_norm_pass_sums(&c.pass, add_sums, &c)) < 0) return status;
  int64_t *dgamma = sums->data, *dbeta = dgamma + call->c;
  for (int32_t k = 0; k < call->c; k++) {
    dgamma[k] = c.pass.sums[call->c + k];
    dbeta[k] = c.pass.sums[k] * (1 << -EOQ_NORM_XHAT_EXPONENT);
    EOQ_TALLY(EOQ_OP_SHIFT, 1);
  }
  sums->exponent = error->exponent + EOQ_NORM_XHAT_EXPONENT;
  const int32_t exponent =
    error->exponent + EOQ_NORM_PARAMETER_EXPONENT + scale->exponent + set_lanes(&c.pass, parameters->data, scale->data);
  /* With the shift of the last call, as forward. */
  int32_t extremes[2];
  c.shift = eoq_guess(call->guess);
  measure(&c, extremes);
  status = eoq_int8_whole_extremes(&call->quantizer, exponent, EOQ_MOST_SHIFT, &extremes[0], &extremes[1]);
  if (status < 0) return status;
  const eoq_rounding rounding =
    eoq_int8_rounding(&call->quantizer, exponent, eoq_magnitude(extremes[0], extremes[1]), EOQ_MOST_SHIFT);
  if (eoq_by_values(rounding)) {
    eoq_int8_round_values(to, count, rounding, error_values, &c);
  } else if (rounding.shift != c.shift) {
    c.shift = rounding.shift;
    eoq_rerun_begin();
    eoq_parallel(error_range, &c, eoq_ranges(count));
    eoq_rerun_end();
  }
  call->guess = rounding.shift;
  eoq_int8_set_rounded(to, count, exponent, extremes[0], extremes[1], rounding);
  return EOQ_OK;
}
