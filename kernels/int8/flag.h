/* flag.h: flag quantization (Flag-QE2 of arXiv 1909.02384): 8 bits, and a flag
 * that picks steps 2^7 times finer for what lies below one coarse step.
 *
 * A flagged tensor is two int8 tensors: where one is not 0, the other is. So
 * a product with it is two int8 products, 2^7 times the first plus the second:
 * the convolutions backward do both, and what reads sums needs to know nothing. */
#ifndef EOQ_INT8_FLAG_H
#define EOQ_INT8_FLAG_H

#include "conv.h"
#include "quantizer.h"

/* Bits between the steps of a flagged error and those of its fine part, 1..7;
 * a status below 0 after eoq_fail(). */
int32_t eoq_int8_finer_bits(const eoq_tensor *dy, const eoq_tensor *fine);

/* Sets the coarse and the fine part of `count` elements, of which the first is
 * the tensor's element `from`, by a rounding with a fine part. */
void eoq_int8_round_flagged(const int32_t *v, size_t from, size_t count, eoq_rounding rounding, int8_t *coarse);

/* What is known of y, and of its fine part, once y was rounded so. */
void eoq_int8_set_flagged(eoq_tensor *y, eoq_rounding rounding);

/* dx int32 = the convolution of a flagged error: exact, in the steps of its
 * fine part or in the finest that leave the sums room. */
int32_t eoq_int8_conv_backward_data_flagged(const eoq_int8_conv *conv);

#endif
