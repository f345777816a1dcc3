/* pool.c: global average pooling with the bias behind it, and its way back.
 * The mean is a sum times a reciprocal with 22 fraction bits. */
#include "../core/group.h"
#include "bits.h"
#include "ranges.h"
#include "tally.h"

#include <string.h>

enum { RECIPROCAL_EXPONENT = -22 };

/* Of a spread error, what lies further below a step does not decide its stochastic rounding. */
enum { RANDOM_BITS = 20 };

static int32_t check(eoq_conv_shape *s, int32_t n, int32_t pixels, int32_t c, int32_t reciprocal) {
  const int32_t one = 1 << -RECIPROCAL_EXPONENT, status = eoq_int8_count("pixels", pixels);
  if (status < 0) return status;
  if (reciprocal < 1 || (int64_t)reciprocal * pixels > 2 * (int64_t)one) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "reciprocal: %d is not 2^%d / %d", reciprocal, -RECIPROCAL_EXPONENT, pixels);
  }
  return eoq_conv_shape_init(s, n, pixels, 1, c, c, 1, 1, 0);
}

typedef struct {
  const int8_t *x;
  int32_t *sums;
  int32_t pixels, channels, reciprocal, summand;
} pool_context;

static void pool_image(void *argument, int32_t n, int32_t thread) {
  (void)thread;
  const pool_context *c = argument;
  const int8_t *x = c->x + (size_t)n * c->pixels * c->channels;
  int32_t *sums = c->sums + (size_t)n * c->channels;
  memset(sums, 0, (size_t)c->channels * sizeof *sums);
  for (int32_t p = 0; p < c->pixels; p++) {
    for (int32_t i = 0; i < c->channels; i++) sums[i] += x[(size_t)p * c->channels + i];
    EOQ_TALLY(EOQ_OP_INT32_ADD, c->channels);
  }
  for (int32_t i = 0; i < c->channels; i++) sums[i] = sums[i] * c->reciprocal + c->summand;
  EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, c->channels);
  EOQ_TALLY(EOQ_OP_INT32_ADD, c->channels);
}

int32_t eoq_int8_pool(eoq_int8_pool_call *call) {
  eoq_conv_shape s;
  int32_t status = check(&s, call->n, call->pixels, call->c, call->reciprocal);
  if (status < 0 ||
      (status = EOQ_APART(1, { "quantizer.exponents", call->quantizer.exponents }, { "sums", call->sums })) < 0)
    return status;
  const size_t count = (size_t)call->n * call->c;
  eoq_tensor *from = eoq_tensor_get(call->x, EOQ_INT8, eoq_conv_inputs(&s), "x");
  eoq_tensor *between = from == NULL ? NULL : eoq_tensor_get(call->sums, EOQ_INT32, count, "sums");
  const int16_t *scalar = between == NULL || call->bias == -1 ? NULL : eoq_int8_scalars(call->scalars, call->bias, 1);
  if (between == NULL || (call->bias != -1 && scalar == NULL)) return EOQ_ERROR_TENSOR;
  if (eoq_int8_target(&call->quantizer, call->y, count, "y") == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  between->exponent = from->exponent + RECIPROCAL_EXPONENT;
  pool_context context = {
    .x = from->data,
    .sums = between->data,
    .pixels = call->pixels,
    .channels = call->c,
    .reciprocal = call->reciprocal,
    .summand = scalar == NULL ? 0 : eoq_align_bias(*scalar, between->exponent),
  };
  eoq_parallel(pool_image, &context, call->n);
  between->minimum = between->maximum = 0;
  for (size_t i = 0; i < count; i++) {
    const int32_t v = context.sums[i];
    between->minimum = v < between->minimum ? v : between->minimum;
    between->maximum = v > between->maximum ? v : between->maximum;
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
  }
  return eoq_int8_quantize(
    &(eoq_int8_quantize_call){ .x = call->sums, .y = call->y, .quantizer = call->quantizer, .count = (int32_t)count });
}

typedef struct {
  const int32_t *dy;
  const uint64_t *mask;
  int8_t *dx;
  int32_t pixels, channels, reciprocal;
  eoq_rounding rounding;
} spread_context;

/* Every pixel's errors are rounded by bits of their own: a common one would add up. */
static void spread_randomly(const spread_context *c, size_t element) {
  const int32_t *dy = c->dy + element / c->pixels;
  const int32_t dropped = c->rounding.shift > RANDOM_BITS ? c->rounding.shift - RANDOM_BITS : 0;
  const int64_t limit = (int64_t)128 << (c->rounding.shift - dropped); /* clipped anyway */
  for (int32_t p = 0; p < c->pixels; p++) {
    for (int32_t i = 0; i < c->channels; i++, element++) {
      const int64_t v = eoq_clamp64((int64_t)dy[i] * c->reciprocal >> dropped, limit);
      const uint32_t bits = eoq_random(c->rounding.key, (uint32_t)element);
      c->dx[element] = (int8_t)eoq_clip127(eoq_round_random((int32_t)v, c->rounding.shift - dropped, bits));
      EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
      EOQ_TALLY(EOQ_OP_SHIFT, 1);
      EOQ_TALLY(EOQ_OP_RANDOM, 1);
      EOQ_TALLY_ROUND_RANDOM(1);
      EOQ_TALLY_CLIP(2);
    }
  }
}

static void spread_image(void *argument, int32_t n, int32_t thread) {
  (void)thread;
  const spread_context *c = argument;
  const int32_t *dy = c->dy + (size_t)n * c->channels;
  const size_t element = (size_t)n * c->pixels * c->channels;
  int8_t *first = c->dx + element;
  if (c->rounding.random) {
    spread_randomly(c, element);
  } else {
    for (int32_t i = 0; i < c->channels; i++) {
      const int64_t v = eoq_round_shift64((int64_t)dy[i] * c->reciprocal, c->rounding.shift);
      first[i] = (int8_t)eoq_clamp64(v, 127);
      EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
      EOQ_TALLY_ROUND_SHIFT64(1);
      EOQ_TALLY_CLIP(1);
    }
    for (int32_t p = 1; p < c->pixels; p++) memcpy(first + (size_t)p * c->channels, first, (size_t)c->channels);
  }
  const size_t length = (size_t)c->pixels * c->channels;
  for (size_t i = 0; i < length;) {
    const size_t bit = (element + i) % 64;
    const uint64_t word = c->mask[(element + i) / 64] >> bit;
    const size_t taken = length - i < 64 - bit ? length - i : 64 - bit;
    int8_t keep[64];
    eoq_bits_spread(word, keep);
    for (size_t j = 0; j < taken; j++) first[i + j] &= keep[j];
    i += taken;
  }
}

int32_t eoq_int8_pool_backward(eoq_int8_pool_backward_call *call) {
  eoq_conv_shape s;
  int32_t status = check(&s, call->n, call->pixels, call->c, call->reciprocal);
  if (status < 0 ||
      (status = EOQ_APART(1, { "quantizer.exponents", call->quantizer.exponents }, { "dy", call->dy })) < 0)
    return status;
  if (call->quantizer.fine != 0) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "quantizer.fine: is %d, a pool sets no flags", call->quantizer.fine);
  }
  const size_t count = (size_t)call->n * call->c;
  eoq_tensor *error = eoq_tensor_get(call->dy, EOQ_INT32, count, "dy");
  eoq_tensor *bits = error == NULL ? NULL : eoq_tensor_get(call->mask, EOQ_BITS, eoq_conv_inputs(&s), "mask");
  eoq_tensor *to = bits == NULL ? NULL : eoq_int8_target(&call->quantizer, call->dx, eoq_conv_inputs(&s), "dx");
  int64_t *gradient;
  if (to == NULL) return EOQ_ERROR_TENSOR;
  if ((status = eoq_int8_gradient(call->gradients, call->bias, &gradient)) < 0) return status;
  EOQ_END_OF_CHECKS();
  const int32_t exponent = error->exponent + RECIPROCAL_EXPONENT;
  if ((status = eoq_int8_whole_extremes(&call->quantizer, exponent, EOQ_MOST_WIDE_SHIFT, &error->minimum,
                                        &error->maximum)) < 0) {
    return status;
  }
  const uint64_t magnitude = eoq_magnitude(error->minimum, error->maximum) * (uint64_t)call->reciprocal;
  spread_context context = {
    .dy = error->data,
    .mask = bits->data,
    .dx = to->data,
    .pixels = call->pixels,
    .channels = call->c,
    .reciprocal = call->reciprocal,
    .rounding = eoq_int8_rounding(&call->quantizer, exponent, magnitude, EOQ_MOST_WIDE_SHIFT),
  };
  context.rounding.key = eoq_int8_key_of(context.rounding.key, eoq_conv_inputs(&s));
  eoq_parallel(spread_image, &context, call->n);
  to->exponent = exponent + context.rounding.shift;
  to->minimum = -127;
  to->maximum = 127;
  to->partial = 0;
  eoq_int8_narrow(to, eoq_conv_inputs(&s), call->quantizer.bits);
  int64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += context.dy[i];
  EOQ_TALLY(EOQ_OP_INT64_ADD, count);
  eoq_int8_store_gradient(gradient, sum, error->exponent);
  return EOQ_OK;
}
