/* hindsight.h: exponents of the step before, in the place of a step's own. */
#ifndef EOQ_INT8_HINDSIGHT_H
#define EOQ_INT8_HINDSIGHT_H

#include <stdint.h>

/* In place of an exponent where none has been measured. */
enum { EOQ_UNMEASURED = INT32_MIN };

/* Right shift by the exponent that was measured at the same place before, of
 * values with an exponent whose own shift would be `exact`; `most` is the
 * largest with which they can be rounded. */
static inline int32_t eoq_hindsight_shift(int32_t measured, int32_t exponent, int32_t exact, int32_t most) {
  const int64_t shift = (int64_t)measured - exponent;
  if (measured == EOQ_UNMEASURED) return exact;
  if (shift <= 0) return 0;
  if (shift <= exact || shift <= most) return (int32_t)shift;
  return exact > most ? exact : most;
}

/* What is measured of values of largest magnitude m; zeros have no range. */
static inline int32_t eoq_measured(int32_t exponent, uint64_t m, int32_t exact) {
  return m == 0 ? EOQ_UNMEASURED : exponent + exact;
}

#endif
