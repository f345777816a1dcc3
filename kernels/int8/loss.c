/* loss.c: softmax cross-entropy in integers (softmax.h). A class's target is in steps of 2^-8, or
 * 2^-24 where labels are smoothed (Szegedy et al., arXiv 1512.00567, section 7):
 * what every class gets of the smoothing is rounded once to a step, so a target
 * is within 2^-25 of the real one, 1/2^18 of a step of the error. */
#include "../core/targets.h"
#include "flag.h"
#include "softmax.h"
#include "tally.h"

enum {
  LN_2 = 45426, /* ln(2) * 2^16 */
  SMOOTHED_FRACTION = 24,
};

#define TALLY_EXPONENTIAL(n)                                                                                  \
  (EOQ_TALLY(EOQ_OP_COMPARE, 2 * (n)), EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, n), EOQ_TALLY(EOQ_OP_SHIFT, 3 * (n)), \
   EOQ_TALLY(EOQ_OP_LOOKUP, n))

/* log2(x) with 16 fraction bits, x >= 1: the integer part from the leading
 * bit, each further bit by squaring. */
static int32_t log2_fixed(uint32_t x) {
  const int32_t whole = 31 - __builtin_clz(x);
  uint64_t mantissa = (uint64_t)x << (31 - whole); /* in [2^31, 2^32) */
  int32_t result = whole;
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  for (int i = 0; i < 16; i++) {
    mantissa = mantissa * mantissa >> 31;
    result *= 2;
    EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
    EOQ_TALLY(EOQ_OP_SHIFT, 3);
    EOQ_TALLY(EOQ_OP_COMPARE, 1);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
    if (mantissa >> 32 != 0) {
      mantissa >>= 1;
      result += 1;
    }
  }
  return result;
}

typedef struct {
  const int32_t *logits;
  eoq_targets targets;
  int8_t *error;
  int32_t classes, exponent;
  int32_t fraction;      /* of targets: EOQ_SHARE_FRACTION or SMOOTHED_FRACTION */
  int32_t kept, uniform; /* a smoothed target is kept * the target in 2^-8 + uniform */
  eoq_rounding rounding; /* of the errors; its shift counts for nothing */
  int64_t loss[EOQ_MAX_THREADS], correct[EOQ_MAX_THREADS];
} context;

static int32_t logit(const context *c, int32_t value) {
  return eoq_logit(value, c->exponent);
}

/* eoq_nearest_error() of a target in steps of 2^-24: over 2^17 sum, plus 2^7 so that nothing is negative. */
static int8_t smoothed_error(uint32_t exponential, uint32_t sum, int32_t target) {
  const uint64_t scaled =
    ((uint64_t)exponential << SMOOTHED_FRACTION) + (uint64_t)sum * (uint32_t)((1 << SMOOTHED_FRACTION) - target);
  const uint64_t half = (uint64_t)sum << (SMOOTHED_FRACTION - EOQ_ERROR_FRACTION - 1);
  return (int8_t)eoq_clip127((int32_t)((scaled + half) / (2 * half)) - (1 << EOQ_ERROR_FRACTION));
}

static int8_t error_of(const context *c, size_t element, uint32_t exponential, uint32_t sum, int32_t target) {
  if (c->rounding.random) {
    return eoq_random_error(exponential, sum, target, c->fraction, eoq_random(c->rounding.key, (uint32_t)element));
  }
  return c->fraction == EOQ_SHARE_FRACTION ? eoq_nearest_error(exponential, sum, target)
                                           : smoothed_error(exponential, sum, target);
}

/* What that executes. The fine part of a flagged error counts as its coarse one,
 * so that counts do not depend on the data. */
static void tally_error(const context *c) {
  const int random = c->rounding.random, finer = c->fraction != EOQ_SHARE_FRACTION, products = random || finer;
  EOQ_TALLY(EOQ_OP_RANDOM, random);
  EOQ_TALLY(EOQ_OP_SHIFT, random && finer ? 5 : 3);
  EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, products);
  EOQ_TALLY(EOQ_OP_INT64_MULTIPLY, random);
  EOQ_TALLY(EOQ_OP_INT64_ADD, 2 * products);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
  EOQ_TALLY(EOQ_OP_INT_DIVIDE, 1);
  EOQ_TALLY_CLIP(1);
  (void)products; /* in builds that do not count */
}

/* The same with a flag: an error below one step is in the fine part alone. */
static void set_flagged(const context *c, size_t element, uint32_t exponential, uint32_t sum, int32_t target) {
  const eoq_rounding *r = &c->rounding;
  const int32_t finer = c->fraction - EOQ_SHARE_FRACTION;
  int8_t *fine = (int8_t *)r->fine->data + element;
  /* The error is error / whole steps. */
  const int64_t error = ((int64_t)exponential << c->fraction) - (int64_t)sum * target;
  const int64_t whole = 2 * (int64_t)sum << finer;
  EOQ_TALLY(EOQ_OP_SHIFT, 2);
  EOQ_TALLY(EOQ_OP_INT64_MULTIPLY, 1);
  EOQ_TALLY(EOQ_OP_INT64_ADD, 1);
  EOQ_TALLY(EOQ_OP_COMPARE, 2);
  if (error >= whole || error <= -whole) {
    *fine = 0;
    c->error[element] = error_of(c, element, exponential, sum, target);
    return;
  }
  const uint64_t bits = r->random ? eoq_random(r->key, (uint32_t)element) : (uint32_t)1 << 31;
  const int64_t added = (int64_t)(2 * (uint64_t)sum * bits >> 32 << finer); /* half a fine step, or by chance */
  /* 128 more, so that nothing negative is divided. */
  *fine = (int8_t)eoq_clamp64((error * (1 << r->finer) + added + 128 * whole) / whole - 128, 127);
  c->error[element] = 0;
}

/* The target of class i of image n, in steps of 2^-fraction. */
static int32_t target_of(const context *c, int32_t n, int32_t i) {
  const int32_t share = c->targets.share, rest = EOQ_WHOLE_SHARE - share;
  const int32_t target = (i == c->targets.own[n]) * share + (i == c->targets.other[n]) * rest;
  EOQ_TALLY(EOQ_OP_COMPARE, 2);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
  if (c->fraction == EOQ_SHARE_FRACTION) return target;
  EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
  return c->kept * target + c->uniform;
}

/* Of the distances of an image's logits from the largest, weighted with the
 * smoothed target, the sum with 16 fraction bits: `unsmoothed` (up to 2^37) is
 * that of the target as it was, `all` (up to 2^44) the plain sum, with 8. */
static int64_t smoothed_distance(const context *c, int64_t unsmoothed, int64_t all) {
  const int64_t smoothing = c->targets.smoothing;
  const int64_t sum =
    unsmoothed * ((EOQ_WHOLE_SHARE - smoothing) * c->classes) + all * (smoothing << EOQ_SHARE_FRACTION);
  EOQ_TALLY(EOQ_OP_INT64_MULTIPLY, 2);
  EOQ_TALLY(EOQ_OP_INT64_ADD, 1);
  EOQ_TALLY(EOQ_OP_INT_DIVIDE, 1);
  return sum / (EOQ_WHOLE_SHARE * c->classes);
}

static void loss_image(void *argument, int32_t n, int32_t thread) {
  context *c = argument;
  const int32_t *logits = c->logits + (size_t)n * c->classes;
  const int32_t own = c->targets.own[n], other = c->targets.other[n];
  const int32_t share = c->targets.share, rest = EOQ_WHOLE_SHARE - share;
  int32_t best = 0;
  for (int32_t i = 1; i < c->classes; i++) best = logits[i] > logits[best] ? i : best;
  EOQ_TALLY(EOQ_OP_COMPARE, c->classes - 1);
  const int32_t highest = logit(c, logits[best]);
  uint32_t sum = 0;
  int64_t distances = 0;
  for (int32_t i = 0; i < c->classes; i++) {
    const int32_t distance = highest - logit(c, logits[i]);
    sum += (uint32_t)eoq_exponential(distance);
    distances += distance; /* counted where labels are smoothed: nothing else needs it */
  }
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2 * c->classes);
  EOQ_TALLY_SCALE_BY_POWER(3 + c->classes); /* every logit, and three again */
  TALLY_EXPONENTIAL(c->classes);
  const int64_t log_sum = ((int64_t)(log2_fixed(sum) - (15 << 16)) * LN_2) >> 16;
  /* 8 fraction bits of a logit and 8 of a share are the 16 of the loss. */
  int64_t distance =
    (int64_t)share * (highest - logit(c, logits[own])) + (int64_t)rest * (highest - logit(c, logits[other]));
  if (c->targets.smoothing > 0) {
    EOQ_TALLY(EOQ_OP_INT64_ADD, c->classes);
    distance = smoothed_distance(c, distance, distances);
  }
  c->loss[thread] += log_sum + distance;
  c->correct[thread] += best == own;
  EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 3);
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 3);
  EOQ_TALLY(EOQ_OP_INT64_ADD, 4);
  EOQ_TALLY(EOQ_OP_COMPARE, 1);
  if (c->error == NULL) return;
  for (int32_t i = 0; i < c->classes; i++) {
    const uint32_t e = (uint32_t)eoq_exponential(highest - logit(c, logits[i]));
    const size_t element = (size_t)n * c->classes + i;
    const int32_t target = target_of(c, n, i);
    if (c->rounding.fine != NULL) set_flagged(c, element, e, sum, target);
    else c->error[element] = error_of(c, element, e, sum, target);
    tally_error(c);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
    EOQ_TALLY_SCALE_BY_POWER(1);
    TALLY_EXPONENTIAL(1);
  }
}

/* `gradients` are those of the first class's bias. */
static void store_bias_gradients(const context *c, int32_t n, int64_t *gradients) {
  const int8_t *fine = c->rounding.fine == NULL ? NULL : c->rounding.fine->data;
  const int32_t finer = fine == NULL ? 0 : c->rounding.finer;
  for (int32_t i = 0; i < c->classes; i++) {
    int64_t sum = 0;
    for (int32_t j = 0; j < n; j++) {
      const size_t element = (size_t)j * c->classes + i;
      sum += c->error[element] * (1 << finer) + (fine == NULL ? 0 : fine[element]);
    }
    EOQ_TALLY(EOQ_OP_INT64_ADD, n);
    EOQ_TALLY(EOQ_OP_SHIFT, fine == NULL ? 0 : n);
    EOQ_TALLY(EOQ_OP_INT32_ADD, fine == NULL ? 0 : n);
    eoq_int8_store_gradient(gradients + 2 * (size_t)i, sum, EOQ_LOGIT_ERROR_EXPONENT - finer);
  }
}

int32_t eoq_int8_loss(eoq_int8_loss_call *call) {
  int32_t status = eoq_int8_count("n", call->n);
  if (status < 0 || (status = EOQ_APART(1, { "metrics", call->metrics }, { "gradients", call->gradients })) < 0)
    return status;
  /* The sum of the exponentials, 2^15 at most each, must fit 31 bits. */
  if ((status = eoq_within("classes", call->classes, 2, INT16_MAX)) < 0) return status;
  if (call->bias < 0 || call->bias > INT32_MAX - call->classes)
    return eoq_fail(EOQ_ERROR_ARGUMENT, "bias: %d is not an index", call->bias);
  const size_t count = (size_t)call->n * call->classes;
  eoq_tensor *from = eoq_tensor_get(call->logits, EOQ_INT32, count, "logits");
  eoq_tensor *report = from == NULL ? NULL : eoq_tensor_get(call->metrics, EOQ_INT64, 2, "metrics");
  eoq_tensor *error =
    report == NULL || call->dlogits == 0 ? NULL : eoq_int8_target(&call->quantizer, call->dlogits, count, "dlogits");
  if (report == NULL || (call->dlogits != 0 && error == NULL)) return EOQ_ERROR_TENSOR;
  int64_t *last = NULL;
  if (error != NULL) {
    if (call->quantizer.exponents != 0) {
      return eoq_fail(EOQ_ERROR_ARGUMENT, "quantizer.exponents: is %d, the errors of logits have fixed steps",
                      call->quantizer.exponents);
    }
    status = eoq_int8_gradient(call->gradients, call->bias + call->classes - 1, &last);
    if (status < 0) return status;
  }
  context c = { .logits = from->data,
                .error = error == NULL ? NULL : error->data,
                .classes = call->classes,
                .exponent = from->exponent,
                .fraction = call->smoothing == 0 ? EOQ_SHARE_FRACTION : SMOOTHED_FRACTION };
  if ((status = eoq_targets_get(call->labels, call->partners, call->share, call->smoothing, call->n, call->classes,
                                &c.targets)) < 0)
    return status;
  EOQ_END_OF_CHECKS();
  c.kept = (EOQ_WHOLE_SHARE - call->smoothing) << EOQ_SHARE_FRACTION;
  c.uniform = ((call->smoothing << (SMOOTHED_FRACTION - EOQ_SHARE_FRACTION)) + call->classes / 2) / call->classes;
  if (error != NULL) {
    c.rounding = eoq_int8_rounding_of_steps(&call->quantizer);
    c.rounding.key = eoq_int8_key_of(c.rounding.key, count);
  }
  eoq_parallel(loss_image, &c, call->n);
  int64_t *totals = report->data;
  totals[0] = totals[1] = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) {
    totals[0] += c.loss[t];
    totals[1] += c.correct[t];
  }
  if (error == NULL) return EOQ_OK;
  error->exponent = EOQ_LOGIT_ERROR_EXPONENT;
  error->minimum = -127;
  error->maximum = 127;
  error->partial = 0;
  if (c.rounding.fine != NULL) eoq_int8_set_flagged(error, c.rounding);
  store_bias_gradients(&c, call->n, last - 2 * (size_t)(call->classes - 1));
  return EOQ_OK;
}
