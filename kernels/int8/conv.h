/* conv.h: a convolution as its call was checked. */
#ifndef EOQ_INT8_CONV_H
#define EOQ_INT8_CONV_H

#include "ranges.h"

typedef struct {
  eoq_conv_shape shape;
  const eoq_tensor *source; /* x, or dy */
  eoq_tensor *weights;
  const eoq_tensor *fine;       /* the fine part of a flagged dy, or NULL */
  eoq_tensor *sums, *fine_sums; /* room for y or dx, and for dx of the fine part */
  const int16_t *scalars;       /* biases as stored, or NULL */
  int32_t biases;               /* 1 or one an output channel */
  int32_t exponent;             /* of the sums */
} eoq_int8_conv;

/* Checks all words of a call and fills `conv`; `sums` is the caller's name of y or dx. */
int32_t eoq_int8_conv_of_forward(eoq_int8_conv *conv, const eoq_int8_conv_forward_call *call, const char *sums);
int32_t eoq_int8_conv_of_backward_data(eoq_int8_conv *conv, const eoq_int8_conv_backward_data_call *call,
                                       const char *sums);

/* Runs it on the selected path. */
typedef int32_t eoq_int8_conv_run(const eoq_int8_conv *conv, eoq_int8_conv_output *sums);
eoq_int8_conv_run eoq_int8_conv_run_forward, eoq_int8_conv_run_backward_data;

#endif
