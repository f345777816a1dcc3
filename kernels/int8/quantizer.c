/* quantizer.c: the words of a quantizer, and the exponent and rounding that they ask for. */
#include "../core/group.h"
#include "bits.h"
#include "flag.h"
#include "hindsight.h"
#include "ranges.h"
#include "tally.h"

enum { LEAST_BITS = 2 };

/* Values that are computed and then rounded at a time; whole words of a mask. */
enum { VALUES = 1024 };

static eoq_tensor *exponents_of(const eoq_quantizer_words *q) {
  return eoq_tensor_get(q->exponents, EOQ_INT32, (size_t)q->exponent + 1, "quantizer.exponents");
}

static int32_t check(const eoq_quantizer_words *q, int32_t handle, size_t count, const char *what) {
  int32_t status;
  if ((status = eoq_within("quantizer.bits", q->bits, LEAST_BITS, EOQ_INT8_BITS)) < 0 ||
      (status = eoq_int8_flag("quantizer.stochastic", q->stochastic)) < 0 ||
      (status = EOQ_APART(1, { "quantizer.fine", q->fine }, { what, handle })) < 0) {
    return status;
  }
  if (q->exponents != 0) {
    if (q->exponent < 0) return eoq_fail(EOQ_ERROR_ARGUMENT, "quantizer.exponent: %d is not an index", q->exponent);
    if (exponents_of(q) == NULL) return EOQ_ERROR_TENSOR;
  }
  const int32_t whole = q->fine == 0 || eoq_tensor_get(q->fine, EOQ_INT8, count, "quantizer.fine") != NULL;
  return whole ? EOQ_OK : EOQ_ERROR_TENSOR;
}

eoq_tensor *eoq_int8_target(const eoq_quantizer_words *q, int32_t handle, size_t count, const char *what) {
  eoq_tensor *tensor = eoq_tensor_get(handle, EOQ_INT8, count, what);
  return tensor == NULL || check(q, handle, count, what) < 0 ? NULL : tensor;
}

int32_t eoq_int8_shift(const eoq_quantizer_words *q, uint64_t m) {
  return eoq_quantize_shift_to(m, q->bits);
}

int32_t eoq_int8_exact(const eoq_quantizer_words *q) {
  return !q->stochastic && q->fine == 0 && q->exponents == 0;
}

int32_t eoq_int8_whole_extremes(const eoq_quantizer_words *q, int32_t exponent, int32_t most, int32_t *minimum,
                                int32_t *maximum) {
  if (q->exponents == 0) return eoq_group_extremes(minimum, maximum, 1);
  eoq_tensor *exponents = exponents_of(q);
  if (exponents == NULL) return EOQ_ERROR_TENSOR;
  int32_t *measured = (int32_t *)exponents->data + q->exponent;
  const int32_t status = eoq_group_late(measured, exponent);
  if (status < 0) return status;
  /* Behind a measured exponent that is finer than the values' own, eoq_hindsight_shift() leaves those. */
  const int decided = *measured != EOQ_UNMEASURED && (int64_t)*measured - exponent <= most;
  return decided ? EOQ_OK : eoq_group_alignment(minimum, maximum, 1);
}

int32_t eoq_int8_decided(const eoq_quantizer_words *q, int32_t finest, int32_t coarsest, int32_t most) {
  const eoq_tensor *exponents = q->exponents == 0 ? NULL : exponents_of(q);
  if (exponents == NULL) return 0;
  const int32_t measured = ((const int32_t *)exponents->data)[q->exponent];
  return measured >= coarsest && (int64_t)measured - finest <= most;
}

/* The shift by the exponent measured at the same place before, and the new one in its stead. */
static int32_t hindsight(const eoq_quantizer_words *q, int32_t exponent, uint64_t m, int32_t exact, int32_t most) {
  eoq_tensor *exponents = q->exponents == 0 ? NULL : exponents_of(q);
  if (exponents == NULL) return exact;
  int32_t *measured = (int32_t *)exponents->data + q->exponent;
  const int32_t shift = eoq_hindsight_shift(*measured, exponent, exact, most);
  *measured = eoq_measured(exponent, m, exact);
  exponents->minimum = INT32_MIN;
  exponents->maximum = INT32_MAX;
  return shift;
}

eoq_rounding eoq_int8_rounding_of_steps(const eoq_quantizer_words *q) {
  eoq_rounding rounding = {
    .bits = q->bits, .random = q->stochastic, .finer = q->bits - 1, .partial = q->exponents != 0
  };
  if (q->fine != 0) rounding.fine = eoq_tensor_get(q->fine, EOQ_INT8, 1, "quantizer.fine");
  if (q->stochastic) rounding.key = eoq_random_stream(q->seed, q->step, q->stream);
  return rounding;
}

eoq_rounding eoq_int8_rounding(const eoq_quantizer_words *q, int32_t exponent, uint64_t m, int32_t most) {
  eoq_rounding rounding = eoq_int8_rounding_of_steps(q);
  rounding.shift = hindsight(q, exponent, m, eoq_int8_shift(q, m), most);
  return rounding;
}

/* Random bits are those of an element's place in the whole batch: the key has the element added to it. */
eoq_random_key eoq_int8_key_of(eoq_random_key key, size_t count) {
  return (eoq_random_key){ .first = key.first + (uint32_t)eoq_group_first((int64_t)count), .second = key.second };
}

typedef struct {
  const eoq_int8_elementwise *kernels;
  int8_t *y;
  size_t count;
  eoq_rounding rounding;
  eoq_int8_values *values;
  const void *context;
} random_context;

static void round_range(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const random_context *c = argument;
  const size_t from = eoq_range_from(c->count, item), to = from + eoq_range_length(c->count, item);
  for (size_t i = from; i < to; i += VALUES) {
    int32_t v[VALUES];
    const size_t length = to - i < VALUES ? to - i : VALUES;
    c->values(c->context, i, length, v);
    if (c->rounding.fine != NULL) eoq_int8_round_flagged(v, i, length, c->rounding, c->y + i);
    else c->kernels->round_randomly(v, i, length, c->rounding.key, c->rounding.shift, c->y + i);
  }
}

void eoq_int8_round_values(eoq_tensor *y, size_t count, eoq_rounding rounding, eoq_int8_values *values,
                           const void *context) {
  rounding.key = eoq_int8_key_of(rounding.key, count);
  random_context c = { .kernels = eoq_int8_selected()->elementwise,
                       .y = y->data,
                       .count = count,
                       .rounding = rounding,
                       .values = values,
                       .context = context };
  eoq_parallel(round_range, &c, eoq_ranges(count));
}

void eoq_int8_relu(int32_t *v, size_t count, uint64_t *mask) {
  for (size_t i = 0; i < count; i += 64) {
    uint8_t positive[64] = { 0 };
    const size_t length = count - i < 64 ? count - i : 64;
    for (size_t j = 0; j < length; j++) {
      positive[j] = v[i + j] > 0;
      v[i + j] = v[i + j] > 0 ? v[i + j] : 0;
      EOQ_TALLY(EOQ_OP_COMPARE, 2);
    }
    if (mask != NULL) mask[i / 64] = eoq_bits_pack(positive);
  }
}

typedef struct {
  int8_t *q;
  size_t count;
  int32_t limit;
} narrow_context;

static void narrow_range(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const narrow_context *c = argument;
  const size_t from = eoq_range_from(c->count, item), to = from + eoq_range_length(c->count, item);
  for (size_t i = from; i < to; i++) {
    c->q[i] = (int8_t)(c->q[i] > c->limit ? c->limit : c->q[i] < -c->limit ? -c->limit : c->q[i]);
    EOQ_TALLY_CLIP(1);
  }
}

void eoq_int8_narrow(eoq_tensor *y, size_t count, int32_t bits) {
  if (bits == EOQ_INT8_BITS) return;
  const int32_t limit = eoq_limit(bits);
  narrow_context c = { .q = y->data, .count = count, .limit = limit };
  eoq_parallel(narrow_range, &c, eoq_ranges(count));
  y->minimum = y->minimum < -limit ? -limit : y->minimum;
  y->maximum = y->maximum > limit ? limit : y->maximum;
}

void eoq_int8_set_rounded(eoq_tensor *y, size_t count, int32_t exponent, int32_t minimum, int32_t maximum,
                          eoq_rounding rounding) {
  const int32_t shift = rounding.shift;
  y->exponent = exponent + shift;
  y->partial = rounding.partial;
  y->minimum = eoq_clip127(rounding.random ? minimum >> shift : eoq_round_shift(minimum, shift));
  y->maximum = eoq_clip127(rounding.random ? -(-maximum >> shift) : eoq_round_shift(maximum, shift));
  eoq_int8_narrow(y, count, rounding.bits);
  if (rounding.fine != NULL) eoq_int8_set_flagged(y, rounding);
}
