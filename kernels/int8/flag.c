/* flag.c: flag quantization and the convolutions of flagged errors; see the header. */
#include "flag.h"

#include "../core/group.h"
#include "ranges.h"
#include "tally.h"

enum { MOST_FINER_BITS = EOQ_INT8_BITS - 1 };

int32_t eoq_int8_finer_bits(const eoq_tensor *dy, const eoq_tensor *fine) {
  const int32_t bits = dy->exponent - fine->exponent;
  if (bits >= 1 && bits <= MOST_FINER_BITS) return bits;
  return eoq_fail(EOQ_ERROR_TENSOR, "fine: has exponent %d, which is not 1..%d below that of dy, %d", fine->exponent,
                  MOST_FINER_BITS, dy->exponent);
}

static int8_t rounded(int32_t v, int32_t shift, eoq_rounding r, uint32_t bits, int32_t limit) {
  if (shift < 0) return (int8_t)(v * (1 << -shift)); /* below 2^(shift + finer bits) */
  const int32_t q = r.random ? eoq_round_random(v, shift, bits) : eoq_round_shift(v, shift);
  return (int8_t)(q > limit ? limit : q < -limit ? -limit : q);
}

void eoq_int8_round_flagged(const int32_t *v, size_t from, size_t count, eoq_rounding r, int8_t *coarse) {
  const int32_t limit = eoq_limit(r.finer + 1);
  int8_t *fine = (int8_t *)r.fine->data + from;
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = r.random ? eoq_random(r.key, (uint32_t)(from + i)) : 0;
    const int small = eoq_magnitude(v[i], v[i]) >> r.shift == 0;
    coarse[i] = small ? 0 : rounded(v[i], r.shift, r, bits, limit);
    fine[i] = small ? rounded(v[i], r.shift - r.finer, r, bits, limit) : 0;
    EOQ_TALLY(EOQ_OP_SHIFT, 1);
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
    EOQ_TALLY(EOQ_OP_RANDOM, r.random);
    EOQ_TALLY_ROUND_RANDOM(r.random);
    EOQ_TALLY_ROUND_SHIFT(!r.random); /* also where fine steps are so fine that nothing is left to round */
    EOQ_TALLY_CLIP(1);
  }
}

void eoq_int8_set_flagged(eoq_tensor *y, eoq_rounding r) {
  y->minimum = y->minimum < 0 ? y->minimum : 0; /* there are zeros in it */
  y->maximum = y->maximum > 0 ? y->maximum : 0;
  r.fine->exponent = y->exponent - r.finer;
  r.fine->minimum = -127;
  r.fine->maximum = 127;
}

typedef struct {
  int32_t *x;          /* coarse sums, and the result */
  const int32_t *fine; /* sums in steps 2^-(left + right) of those */
  size_t count;
  int32_t left, right;
  int32_t extremes[EOQ_MAX_THREADS][2];
} join_context;

static void join_range(void *argument, int32_t item, int32_t thread) {
  join_context *c = argument;
  const size_t from = eoq_range_from(c->count, item), to = from + eoq_range_length(c->count, item);
  int32_t low = c->extremes[thread][0], high = c->extremes[thread][1];
  for (size_t i = from; i < to; i++) {
    const int32_t sum = c->x[i] * (1 << c->left) + eoq_round_shift(c->fine[i], c->right);
    low = sum < low ? sum : low;
    high = sum > high ? sum : high;
    c->x[i] = sum;
    EOQ_TALLY(EOQ_OP_SHIFT, 1);
    EOQ_TALLY_ROUND_SHIFT(1);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
  }
  c->extremes[thread][0] = low;
  c->extremes[thread][1] = high;
}

/* Largest shift of the coarse sums, at most `finer`, that leaves all room. */
static int32_t join_left(const int32_t coarse[2], const int32_t fine[2], int32_t finer) {
  int32_t left = finer;
  while (left > 0 &&
         (eoq_magnitude(coarse[0], coarse[1]) << left) + (eoq_magnitude(fine[0], fine[1]) >> (finer - left)) + 1 >
           EOQ_MAX_SUM) {
    left--;
  }
  return left;
}

int32_t eoq_int8_conv_backward_data_flagged(const eoq_int8_conv *conv) {
  const int32_t bits = eoq_int8_finer_bits(conv->source, conv->fine);
  if (bits < 0) return bits;
  const size_t count = eoq_conv_inputs(&conv->shape);
  eoq_tensor *to = conv->sums;
  const eoq_tensor *beside = conv->fine_sums;
  eoq_int8_conv finer = *conv;
  finer.source = conv->fine;
  eoq_int8_conv_output coarse_sums = { .sums = to->data }, fine_sums = { .sums = beside->data };
  int32_t status;
  if ((status = eoq_int8_conv_run_backward_data(&finer, &fine_sums)) < 0 ||
      (status = eoq_int8_conv_run_backward_data(conv, &coarse_sums)) < 0) {
    return status;
  }
  int32_t minima[2] = { coarse_sums.extremes[0], fine_sums.extremes[0] };
  int32_t maxima[2] = { coarse_sums.extremes[1], fine_sums.extremes[1] };
  if ((status = eoq_group_extremes(minima, maxima, 2)) < 0) return status;
  const int32_t left = join_left((int32_t[]){ minima[0], maxima[0] }, (int32_t[]){ minima[1], maxima[1] }, bits);
  join_context c = { .x = to->data, .fine = beside->data, .count = count, .left = left, .right = bits - left };
  eoq_parallel(join_range, &c, eoq_ranges(count));
  to->exponent = conv->exponent - left;
  to->minimum = to->maximum = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) {
    to->minimum = c.extremes[t][0] < to->minimum ? c.extremes[t][0] : to->minimum;
    to->maximum = c.extremes[t][1] > to->maximum ? c.extremes[t][1] : to->maximum;
  }
  return EOQ_OK;
}
