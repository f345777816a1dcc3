/* quantizer.h: what the kernels that quantize have in common: the exponent
 * and the rounding that a call's quantizer asks for. */
#ifndef EOQ_INT8_QUANTIZER_H
#define EOQ_INT8_QUANTIZER_H

#include "calls.h"
#include "kernels.h"
#include "number.h"

/* Largest right shift with which sums within EOQ_MAX_SUM are rounded in int32, and int64. */
enum { EOQ_MOST_SHIFT = 30, EOQ_MOST_WIDE_SHIFT = 62 };

/* How one tensor is quantized once. */
typedef struct {
  int32_t bits, shift, random;
  eoq_random_key key; /* where random */
  eoq_tensor *fine;   /* where flagged, the fine part, */
  int32_t finer;      /* whose steps are 2^finer times finer */
  int32_t partial;    /* whether the extremes are those of this member's images alone */
} eoq_rounding;

/* Whether eoq_int8_round_values() has to do it. */
static inline int eoq_by_values(eoq_rounding rounding) {
  return rounding.random || rounding.fine != NULL;
}

/* A guess of a right shift: what a call holds, or 0 where that is none. */
static inline int32_t eoq_guess(int32_t guess) {
  return guess < 0 || guess > EOQ_MOST_SHIFT ? 0 : guess;
}

/* Checks all words of a quantizer, and returns the int8 tensor of at least
 * `count` elements that is quantized into; NULL after eoq_fail(). */
eoq_tensor *eoq_int8_target(const eoq_quantizer_words *q, int32_t handle, size_t count, const char *what);

/* Right shift with which quantizing a tensor of largest magnitude m fills the quantizer's bits. */
int32_t eoq_int8_shift(const eoq_quantizer_words *q, uint64_t m);

/* Whether it rounds to nearest with that shift and no flags, as a convolution fused with its quantizer does. */
int32_t eoq_int8_exact(const eoq_quantizer_words *q);

/* The extremes that decide how values with this exponent are rounded, as those
 * of the whole batch. Where an exponent of the step before decides it, they stay
 * this member's, and so do those of the result; the exponent that is measured is
 * the whole batch's when the step has ended. EOQ_OK, or a status after eoq_fail(). */
int32_t eoq_int8_whole_extremes(const eoq_quantizer_words *q, int32_t exponent, int32_t most, int32_t *minimum,
                                int32_t *maximum);

/* Whether the exponent of the step before decides the shift, of at most `most`, of values with any exponent from
 * `finest` to `coarsest`: all then come to the same steps. */
int32_t eoq_int8_decided(const eoq_quantizer_words *q, int32_t finest, int32_t coarsest, int32_t most);

/* The rounding of values with this exponent and largest magnitude m, by a shift
 * of at most `most` or the exact one, which is left among the exponents. Of a
 * quantizer that was checked. */
eoq_rounding eoq_int8_rounding(const eoq_quantizer_words *q, int32_t exponent, uint64_t m, int32_t most);

/* The rounding where the steps are fixed: all but the shift. */
eoq_rounding eoq_int8_rounding_of_steps(const eoq_quantizer_words *q);

/* The key of random bits of `count` elements, which other members of the group have elements before. */
eoq_random_key eoq_int8_key_of(eoq_random_key key, size_t count);

/* Sets v to the `count` values that elements `from` on are quantized from; `from` is a multiple of 64. */
typedef void eoq_int8_values(const void *context, size_t from, size_t count, int32_t *v);

/* y = the values of `count` elements, rounded stochastically or with flags. */
void eoq_int8_round_values(eoq_tensor *y, size_t count, eoq_rounding rounding, eoq_int8_values *values,
                           const void *context);

/* v = relu(v); `mask`, if not NULL, gets v > 0. */
void eoq_int8_relu(int32_t *v, size_t count, uint64_t *mask);

/* What a quantizer does last: `count` elements of y, clipped at 127, are clipped at its own bits. */
void eoq_int8_narrow(eoq_tensor *y, size_t count, int32_t bits);

/* What was written lies between the quantized extremes of what was read. */
void eoq_int8_set_rounded(eoq_tensor *y, size_t count, int32_t exponent, int32_t minimum, int32_t maximum,
                          eoq_rounding rounding);

#endif
