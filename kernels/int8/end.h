/* end.h: what follows the sums of a 1x1 convolution that is fused with its
 * quantizer, for paths that end sums in registers (conv/ended.inc). */
#ifndef EOQ_INT8_END_H
#define EOQ_INT8_END_H

#include "kernels.h"

typedef struct {
  eoq_conv_end_kind kind;
  int8_t *y;
  uint64_t *mask; /* with EOQ_END_ACTIVATED it may be NULL */
  int32_t summand;
  eoq_error_statistics *statistics; /* of each thread, with EOQ_END_MASKED */
  /* Of the fused run: the shift with which the next rows are quantized, and that of each first row that was. */
  const _Atomic int32_t *shift;
  int8_t *shifts;
  size_t row; /* elements of a row */
} eoq_int8_end;

#endif
