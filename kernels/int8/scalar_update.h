/* scalar_update.h: the update of one of Fixup's scalars or of the classifier's biases. */
#ifndef EOQ_INT8_SCALAR_UPDATE_H
#define EOQ_INT8_SCALAR_UPDATE_H

#include "number.h"
#include "random.h"
#include "tally.h"
#include "weight_update.h"

enum { EOQ_SCALAR_FRACTION = 16 };
#define EOQ_SCALAR_LIMIT ((int64_t)1 << 44)
#define EOQ_SUM_LIMIT ((int64_t)1 << 52)
#define EOQ_EXPONENT_LIMIT ((int64_t)1 << 20)

/* Moves a scalar in steps of 2^unit and its momentum, in 2^-16 of those, by its
 * exact gradient sum * 2^exponent; `random` are its 32 random bits. Nesterov's
 * step is of force + (1 - 2^-momentum_shift) * momentum. */
static inline void eoq_update_scalar(int16_t *scalar, int64_t *momentum, int64_t sum, int64_t exponent, int32_t unit,
                                     eoq_rate rate, int32_t momentum_shift, int32_t nesterov, uint32_t random) {
  const int32_t shift =
    (int32_t)eoq_clamp64(exponent, EOQ_EXPONENT_LIMIT) + rate.exponent - (unit - EOQ_SCALAR_FRACTION);
  const int64_t scaled = eoq_clamp64(sum, EOQ_SUM_LIMIT) * rate.mantissa;
  int64_t velocity = eoq_clamp64(*momentum, EOQ_SCALAR_LIMIT);
  const int64_t force = eoq_scale_by_power(scaled, shift, EOQ_SCALAR_LIMIT);
  velocity += force - eoq_round_shift64(velocity, momentum_shift);
  velocity = eoq_clamp64(velocity, EOQ_SCALAR_LIMIT);
  *momentum = velocity;
  const int64_t bits = random >> (32 - EOQ_SCALAR_FRACTION);
  int64_t due = velocity;
  if (nesterov) {
    due += force - eoq_round_shift64(velocity, momentum_shift);
    EOQ_TALLY_ROUND_SHIFT64(1);
    EOQ_TALLY(EOQ_OP_INT64_ADD, 2);
  }
  const int64_t next = *scalar - eoq_clamp64((due + bits) >> EOQ_SCALAR_FRACTION, INT16_MAX);
  *scalar = (int16_t)eoq_clamp64(next, INT16_MAX);
  EOQ_TALLY(EOQ_OP_INT64_MULTIPLY, 1);
  EOQ_TALLY_SCALE_BY_POWER(1);
  EOQ_TALLY_ROUND_SHIFT64(1);
  EOQ_TALLY(EOQ_OP_RANDOM, 1);
  EOQ_TALLY(EOQ_OP_SHIFT, 2);
  EOQ_TALLY(EOQ_OP_INT64_ADD, 3);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
  EOQ_TALLY_CLIP(5); /* but for that of the exponent */
}

#endif
