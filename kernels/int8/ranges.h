/* ranges.h: how an elementwise kernel's elements are shared out, and the
 * arguments that the kernels have in common. */
#ifndef EOQ_INT8_RANGES_H
#define EOQ_INT8_RANGES_H

#include "kernels.h"
#include "number.h"
#include "quantizer.h"

/* Elements an item: as many items for each thread, few enough elements that
 * int32 operands stay in the second-level cache, and enough to be worth another
 * thread; a multiple of 64, so that masks are cut between words. Kernels that
 * follow each other on the same tensors cut them alike, so that a thread finds
 * in its cache what it has written. */
enum { EOQ_LARGEST_RANGE = 16384, EOQ_SMALLEST_RANGE = 4096 };

static inline size_t eoq_range(size_t count) {
  const size_t threads = (size_t)eoq_threads();
  if (threads == 1) return EOQ_LARGEST_RANGE;
  const size_t rounds = (count + threads * EOQ_LARGEST_RANGE - 1) / (threads * EOQ_LARGEST_RANGE);
  const size_t items = rounds * threads, range = ((count + items - 1) / items + 63) / 64 * 64;
  return range < EOQ_SMALLEST_RANGE ? EOQ_SMALLEST_RANGE : range;
}

static inline int32_t eoq_ranges(size_t count) {
  return (int32_t)((count + eoq_range(count) - 1) / eoq_range(count));
}

static inline size_t eoq_range_from(size_t count, int32_t item) {
  return (size_t)item * eoq_range(count);
}

static inline size_t eoq_range_length(size_t count, int32_t item) {
  const size_t left = count - eoq_range_from(count, item);
  return left < eoq_range(count) ? left : eoq_range(count);
}

/* A count argument: EOQ_OK when it is at least 1. */
int32_t eoq_int8_count(const char *name, int32_t count);

/* EOQ_OK for a mantissa in 1..255 and an exponent in -60..8. */
int32_t eoq_int8_rate(eoq_rate rate);

/* An argument that is 0 or 1. */
int32_t eoq_int8_flag(const char *name, int32_t value);

/* EOQ_OK where an int32 tensor holds sums within EOQ_MAX_SUM, which is known in a run alone. */
int32_t eoq_int8_quantizable(const eoq_tensor *x, const char *what);

/* The threads' statistics as one. */
eoq_error_statistics eoq_int8_error_total(const eoq_error_statistics *threads);

/* Elements of the scalar at `index`, or of all `count` from there; NULL after
 * eoq_fail(). */
int16_t *eoq_int8_scalars(int32_t scalars, int32_t index, int32_t count);

/* Finds where the gradient of the scalar at `index` goes; index -1 wants none, which is NULL. */
int32_t eoq_int8_gradient(int32_t gradients, int32_t index, int64_t **gradient);

/* Stores an exact gradient there. */
void eoq_int8_store_gradient(int64_t *gradient, int64_t sum, int32_t exponent);

#endif
