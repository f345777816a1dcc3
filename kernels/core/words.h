/* words.h: what the words of a kernel's call are. A call is a struct of
 * 32-bit words, one for each argument; declarations.inc of int8 and fp32 list
 * them once, as kinds of words with their names:
 *
 *   EOQ_IN, EOQ_OUT, EOQ_INOUT   handle of a tensor that is read, only written, or both
 *   EOQ_MAYBE_IN and the like    the same, or 0 for none
 *   EOQ_SHAPE                    handle of a shape
 *   EOQ_INT, EOQ_UINT, EOQ_FLOAT a number
 *   EOQ_QUANTIZER                how the tensor in front of it is quantized into
 *   EOQ_POLICY                   how weights are updated
 *   EOQ_GUESS                    what the kernel keeps from one run of the same call to the next:
 *                                it saves time, and never changes a result; callers set 0
 *
 * The words of a call have one order everywhere:
 *   1. tensors that are read, also where they are overwritten in place, and the
 *      numbers that say how;
 *   2. tensors that are only written, room for sums the first of them;
 *   3. sizes: shapes, then n and the sizes of what has no shape;
 *   4. the words that key random bits: seed, step, stream.
 * An index stands behind the tensor that it points into. Of two biases around a
 * ReLU, the one before it stands before the one behind. */
#ifndef EOQ_WORDS_H
#define EOQ_WORDS_H

#include <stdint.h>

/* `bits` (2..8) are left: values lie within +-(2^(bits - 1) - 1). Rounding is
 * to nearest or, with `stochastic` 1, by the random bits of (seed, step, stream,
 * element). The exponent is the exact one, or that which `exponents` int32 holds
 * at index `exponent`, INT32_MIN for the exact one; values beyond are clipped,
 * and the exact one is left there, INT32_MIN for zeros (hindsight). What lies
 * below one step goes to `fine` int8, if that is not 0, in steps 2^(bits - 1)
 * times finer (flag quantization of arXiv 1909.02384). */
#define EOQ_QUANTIZER_WORDS \
  EOQ_INT(bits)             \
  EOQ_INT(stochastic)       \
  EOQ_UINT(seed) EOQ_UINT(step) EOQ_UINT(stream) EOQ_MAYBE_INOUT(exponents) EOQ_INT(exponent) EOQ_MAYBE_OUT(fine)

/* - weight_bits (2..8): weights within +-(2^(bits - 1) - 1);
 * - gradient_bits (2..8) of g, and whether it is rounded to nearest (1);
 * - gradient_fixed (1): g's steps are 2^gradient_exponent whatever its range
 *   (the constant quantization of arXiv 1909.02384);
 * - update_bits (2..8): u within a 2^(8 - bits)-th of its range, and whether it is rounded to nearest (1);
 * - momentum_shift (0..8): v += rate * g - v / 2^momentum_shift;
 * - feedback (1), for weights of 8 stored bits alone: v, in steps of 2^-(12 + momentum_shift), has rate * g
 *   added and u weight steps taken off, instead of its leak; u = v / 2^momentum_shift as else;
 * - nesterov (1): u is of rate * g + (1 - 2^-momentum_shift) * v, not of v (int8/weight_update.h);
 * - decay (0..40, 0 for none): g has 2^-decay * weights added, stochastically
 *   rounded to momentum steps after the learning rate. */
#define EOQ_POLICY_WORDS     \
  EOQ_INT(weight_bits)       \
  EOQ_INT(gradient_bits)     \
  EOQ_INT(gradient_nearest)  \
  EOQ_INT(gradient_fixed)    \
  EOQ_INT(gradient_exponent) \
  EOQ_INT(update_bits)       \
  EOQ_INT(update_nearest) EOQ_INT(momentum_shift) EOQ_INT(feedback) EOQ_INT(nesterov) EOQ_INT(decay)

#include "words_as_members.inc"

typedef struct {
  EOQ_QUANTIZER_WORDS
} eoq_quantizer_words;

typedef struct {
  EOQ_POLICY_WORDS
} eoq_policy_words;

#include "words_end.inc"

#endif
