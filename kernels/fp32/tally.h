/* tally.h: what an fp32 expression adds to the tallies of the counting build.
 * Sums in double precision count like any other; a change of sign is none. */
#ifndef EOQ_FP32_TALLY_H
#define EOQ_FP32_TALLY_H

#include "../core/count.h"

#define EOQ_FP32_TALLY(multiplies, adds, compares)                                \
  (EOQ_TALLY(EOQ_OP_FP32_MULTIPLY, multiplies), EOQ_TALLY(EOQ_OP_FP32_ADD, adds), \
   EOQ_TALLY(EOQ_OP_FP32_COMPARE, compares))

#define EOQ_FP32_OVERHEAD(multiplies, adds, compares)                                               \
  (EOQ_TALLY_OVERHEAD(EOQ_OP_FP32_MULTIPLY, multiplies), EOQ_TALLY_OVERHEAD(EOQ_OP_FP32_ADD, adds), \
   EOQ_TALLY_OVERHEAD(EOQ_OP_FP32_COMPARE, compares))

#endif
