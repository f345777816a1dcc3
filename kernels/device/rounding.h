/* rounding.h: the exponent and the rounding of one quantization. */
#ifndef EOQ_DEVICE_ROUNDING_H
#define EOQ_DEVICE_ROUNDING_H

#include "../int8/hindsight.h"
#include "device.h"

/* Largest right shift of sums, and of 64 bits. */
enum { EOQ_MOST_SHIFT = 30, EOQ_MOST_WIDE_SHIFT = 62 };

/* How a tensor is quantized once. */
typedef struct {
  int32_t shift, limit, stochastic;
  eoq_random_key key;
} eoq_rounding;

static int32_t eoq_looks_back(const eoq_quantizer *q, const eoq_step *at) {
  return EOQ_HINDSIGHT && at->training && q->exponent >= 0;
}

/* The shift of values with an exponent and a largest magnitude m, at most `most` or the exact one. */
static int32_t eoq_shift_of(const eoq_quantizer *q, const eoq_step *at, int32_t exponent, uint64_t m, int32_t most) {
  const int32_t exact = eoq_quantize_shift_to(m, q->bits);
  if (!eoq_looks_back(q, at)) return exact;
  return eoq_hindsight_shift(at->exponents[q->exponent], exponent, exact, most);
}

/* A shift to quantize with before the largest magnitude is known. */
static int32_t eoq_guess_of(const eoq_quantizer *q, const eoq_step *at, int32_t exponent) {
  if (!eoq_looks_back(q, at) || at->exponents[q->exponent] == EOQ_UNMEASURED) return *q->guess;
  const int32_t shift = eoq_hindsight_shift(at->exponents[q->exponent], exponent, 0, EOQ_MOST_SHIFT);
  return shift;
}

static eoq_rounding eoq_rounding_by(const eoq_quantizer *q, const eoq_step *at, int32_t shift) {
  eoq_rounding r = { .shift = shift, .limit = eoq_limit(q->bits) };
  r.stochastic = EOQ_RANDOM_ROUNDING && at->training && q->stochastic;
  if (r.stochastic) r.key = eoq_random_stream(at->seed, at->step, q->stream);
  return r;
}

/* One value, the tensor's element of that index. */
static inline int8_t eoq_rounded(const eoq_rounding *r, int32_t v, uint32_t element) {
  const int32_t q =
    r->stochastic ? eoq_round_random(v, r->shift, eoq_random(r->key, element)) : eoq_round_shift(v, r->shift);
  return (int8_t)(q > r->limit ? r->limit : q < -r->limit ? -r->limit : q);
}

/* Leaves among the exponents what was measured. */
static void eoq_keep_measured(const eoq_quantizer *q, const eoq_step *at, int32_t exponent, uint64_t m) {
  if (eoq_looks_back(q, at)) {
    at->exponents[q->exponent] = eoq_measured(exponent, m, eoq_quantize_shift_to(m, q->bits));
  }
}

/* What was written lies between the quantized extremes of what was read. */
static void eoq_set_range(eoq_range *y, int32_t exponent, int32_t minimum, int32_t maximum, const eoq_rounding *r) {
  const int32_t low = eoq_clip127(r->stochastic ? minimum >> r->shift : eoq_round_shift(minimum, r->shift));
  const int32_t high = eoq_clip127(r->stochastic ? -(-maximum >> r->shift) : eoq_round_shift(maximum, r->shift));
  y->exponent = (int16_t)(exponent + r->shift);
  y->minimum = (int8_t)(low < -r->limit ? -r->limit : low);
  y->maximum = (int8_t)(high > r->limit ? r->limit : high);
}

/* The rounding of values whose extremes are known before one is rounded. */
static eoq_rounding eoq_rounding_of(const eoq_quantizer *q, const eoq_step *at, int32_t exponent, uint64_t m) {
  const int32_t shift = eoq_shift_of(q, at, exponent, m, EOQ_MOST_SHIFT);
  eoq_keep_measured(q, at, exponent, m);
  return eoq_rounding_by(q, at, shift);
}

static void eoq_store(eoq_gradients g, int32_t index, int64_t sum, int32_t exponent) {
  if (index < 0) return;
  g.sums[index] = sum;
  g.exponents[index] = (int16_t)exponent;
}

/* A bias as a summand of sums, 0 for none. */
static int32_t eoq_summand(const int16_t *scalars, int32_t index, int32_t exponent) {
  return index < 0 ? 0 : eoq_align_bias(scalars[index], exponent);
}

static inline int32_t eoq_bit(const uint8_t *bits, int32_t i) {
  return bits[i >> 3] >> (i & 7) & 1;
}

#endif
