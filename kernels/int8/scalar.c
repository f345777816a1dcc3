/* scalar.c: the int8 kernels of the scalar path, which is the reference: every
 * other path fills the same slots. */
#include "kernels.h"
#include "elementwise_table.inc"

#define VECTOR int32_t
#define LANES 1
#define GROUP 1

/* The empty assembly makes each product a value that has to be computed. */
#define ADVANCE(sums, x)          \
  __asm__ volatile("" : "+r"(x)); \
  sums += x * x;                  \
  __asm__ volatile("" : "+r"(sums))

#include "../core/peak_loop.inc"

const eoq_int8_kernels eoq_int8_scalar = {
  .conv_forward = eoq_int8_conv_forward_reference,
  .conv_backward_data = eoq_int8_conv_backward_data_reference,
  .conv_backward_weights = eoq_int8_conv_backward_weights_reference,
  .elementwise = &elementwise,
  .takes_sink = 0,
  .peak_loop = peak_loop,
};
