/* conv.h: the arguments of a convolution as the exported functions check them. */
#ifndef EOQ_INT8_CONV_H
#define EOQ_INT8_CONV_H

#include "ranges.h"

typedef struct {
  eoq_conv_shape shape;
  const eoq_tensor *source; /* x, or dy */
  eoq_tensor *weights;
  const int16_t *scalars; /* biases as stored, or NULL */
  int32_t biases;         /* 1 or one an output channel */
  int32_t exponent;       /* of the sums */
} eoq_int8_conv;

/* Fills `conv`; a status below 0 after eoq_fail(). */
int32_t eoq_int8_conv_of_forward(eoq_int8_conv *conv, const eoq_conv_shape *shape, int32_t x, int32_t weights,
                                 int32_t scalars, int32_t bias, int32_t biases);
int32_t eoq_int8_conv_of_backward_data(eoq_int8_conv *conv, const eoq_conv_shape *shape, int32_t dy, int32_t weights);

/* Runs it on the selected path. */
typedef int32_t eoq_int8_conv_run(const eoq_int8_conv *conv, eoq_int8_conv_output *sums);
eoq_int8_conv_run eoq_int8_conv_run_forward, eoq_int8_conv_run_backward_data;

#endif
