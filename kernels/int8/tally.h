/* tally.h: what the functions of number.h and random.h execute, for the loops
 * that call them. It is tallied there and not inside them, since they also
 * choose exponents and align single scalars: once a tensor, control like
 * addresses, which is not counted. Nor are bitwise logic, negation, the packing
 * of masks, copies, and the joining of what threads or blocks of elements
 * found, which depends on how they are shared out. Where the way depends on
 * the data, the longest counts. */
#ifndef EOQ_INT8_TALLY_H
#define EOQ_INT8_TALLY_H

#include "../core/count.h"

/* eoq_clip127(), eoq_clamp64() */
#define EOQ_TALLY_CLIP(n) EOQ_TALLY(EOQ_OP_COMPARE, 2 * (n))

/* eoq_round_shift(), eoq_round_shift64() */
#define EOQ_TALLY_ROUND_SHIFT(n) (EOQ_TALLY(EOQ_OP_INT32_ADD, n), EOQ_TALLY(EOQ_OP_SHIFT, n))
#define EOQ_TALLY_ROUND_SHIFT64(n) (EOQ_TALLY(EOQ_OP_INT64_ADD, n), EOQ_TALLY(EOQ_OP_SHIFT, 2 * (n)))

/* eoq_clip127(eoq_round_shift()) */
#define EOQ_TALLY_QUANTIZE(n) (EOQ_TALLY_ROUND_SHIFT(n), EOQ_TALLY_CLIP(n))

/* eoq_scale_by_power(), eoq_align_bias() */
#define EOQ_TALLY_SCALE_BY_POWER(n) (EOQ_TALLY_ROUND_SHIFT64(n), EOQ_TALLY_CLIP(n))

/* eoq_round_random() and eoq_round_fraction(), without the draw */
#define EOQ_TALLY_ROUND_RANDOM(n) (EOQ_TALLY(EOQ_OP_INT32_ADD, 2 * (n)), EOQ_TALLY(EOQ_OP_SHIFT, 4 * (n)))
#define EOQ_TALLY_ROUND_RANDOM64(n) (EOQ_TALLY(EOQ_OP_INT64_ADD, 2 * (n)), EOQ_TALLY(EOQ_OP_SHIFT, 4 * (n)))

#endif
