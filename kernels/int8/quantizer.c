/* quantizer.c: how many bits, which exponent and which rounding a tensor is quantized with. */
#include "bits.h"
#include "flag.h"
#include "ranges.h"
#include "tally.h"

enum { LEAST_BITS = 2, INT8_BITS = 8 };

/* Values that are computed and then rounded at a time; whole words of a mask. */
enum { VALUES = 1024 };

/* In place of an exponent where none has been measured. */
enum { UNMEASURED = INT32_MIN };

int32_t eoq_int8_quantizer(int32_t y, int32_t bits) {
  const int32_t status = eoq_within("bits", bits, LEAST_BITS, INT8_BITS);
  if (status < 0) return status;
  eoq_tensor *tensor = eoq_tensor_get(y, EOQ_INT8, 1, "y");
  if (tensor == NULL) return EOQ_ERROR_TENSOR;
  tensor->quantizer.fewer_bits = INT8_BITS - bits;
  return EOQ_OK;
}

int32_t eoq_int8_round_randomly(int32_t y, uint32_t seed, uint32_t step, uint32_t tensor) {
  eoq_tensor *to = eoq_tensor_get(y, EOQ_INT8, 1, "y");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  to->quantizer.random = 1;
  to->quantizer.seed = seed;
  to->quantizer.step = step;
  to->quantizer.stream = tensor;
  return EOQ_OK;
}

int32_t eoq_int8_hindsight(int32_t y, int32_t exponents, int32_t first, int32_t count) {
  const int32_t status = eoq_int8_count("count", count);
  if (status < 0) return status;
  if (first < 0 || first > INT32_MAX - count) return eoq_fail(EOQ_ERROR_ARGUMENT, "first: %d is not an index", first);
  eoq_tensor *to = eoq_tensor_get(y, EOQ_INT8, 1, "y");
  if (to == NULL || eoq_tensor_get(exponents, EOQ_INT32, (size_t)first + count, "exponents") == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  to->quantizer.exponents = exponents;
  to->quantizer.next = first;
  to->quantizer.end = first + count;
  return EOQ_OK;
}

int32_t eoq_int8_shift(const eoq_tensor *y, uint64_t m) {
  return eoq_quantize_shift_to(m, INT8_BITS - y->quantizer.fewer_bits);
}

int32_t eoq_int8_exact(const eoq_tensor *y) {
  return !y->quantizer.random && y->quantizer.fine == 0 && y->quantizer.next == y->quantizer.end;
}

/* The shift by the exponent measured at the same place before, and the new one in its stead. */
static int32_t hindsight(eoq_quantizer *q, int32_t exponent, uint64_t m, int32_t exact, int32_t most) {
  if (q->next == q->end) return exact;
  const int32_t index = q->next++;
  /* It may have been destroyed since it was named. */
  eoq_tensor *exponents = eoq_tensor_get(q->exponents, EOQ_INT32, (size_t)q->end, "exponents");
  if (exponents == NULL) return exact;
  int32_t *measured = (int32_t *)exponents->data + index;
  const int64_t shift = (int64_t)*measured - exponent;
  const int32_t known = *measured != UNMEASURED;
  *measured = m == 0 ? UNMEASURED : exponent + exact; /* zeros have no range */
  if (!known) return exact;
  if (shift <= 0) return 0;
  if (shift <= exact || shift <= most) return (int32_t)shift;
  return exact > most ? exact : most;
}

eoq_rounding eoq_int8_rounding_of_steps(eoq_tensor *y) {
  eoq_quantizer *q = &y->quantizer;
  eoq_rounding rounding = { .random = q->random, .finer = eoq_int8_finer_bits(y) };
  /* The fine part, too, may have been destroyed. */
  if (q->fine != 0) rounding.fine = eoq_int8_fine_part(y, y->count);
  y->flagged = 0;
  if (q->random) rounding.key = eoq_random_stream(q->seed, q->step, q->stream++);
  return rounding;
}

eoq_rounding eoq_int8_rounding(eoq_tensor *y, int32_t exponent, uint64_t m, int32_t most) {
  eoq_rounding rounding = eoq_int8_rounding_of_steps(y);
  rounding.shift = hindsight(&y->quantizer, exponent, m, eoq_int8_shift(y, m), most);
  return rounding;
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

void eoq_int8_narrow(eoq_tensor *y, size_t count) {
  if (y->quantizer.fewer_bits == 0) return;
  const int32_t limit = eoq_limit(INT8_BITS - y->quantizer.fewer_bits);
  narrow_context c = { .q = y->data, .count = count, .limit = limit };
  eoq_parallel(narrow_range, &c, eoq_ranges(count));
  y->minimum = y->minimum < -limit ? -limit : y->minimum;
  y->maximum = y->maximum > limit ? limit : y->maximum;
}

void eoq_int8_set_rounded(eoq_tensor *y, size_t count, int32_t exponent, int32_t minimum, int32_t maximum,
                          eoq_rounding rounding) {
  const int32_t shift = rounding.shift;
  y->exponent = exponent + shift;
  y->minimum = eoq_clip127(rounding.random ? minimum >> shift : eoq_round_shift(minimum, shift));
  y->maximum = eoq_clip127(rounding.random ? -(-maximum >> shift) : eoq_round_shift(maximum, shift));
  eoq_int8_narrow(y, count);
  if (rounding.fine != NULL) eoq_int8_set_flagged(y, rounding);
}

void eoq_int8_set_quantized(eoq_tensor *y, size_t count, int32_t exponent, int32_t minimum, int32_t maximum,
                            int32_t shift) {
  eoq_int8_set_rounded(y, count, exponent, minimum, maximum, (eoq_rounding){ .shift = shift });
}
