/* scalar.c: the fp32 kernels of the scalar path, for the baseline CPU. */
#include "elementwise.inc"

#define VECTOR float
#define LANES 1
#define GROUP 1

#if defined(__x86_64__)
#define IN_REGISTER "+x"
#elif defined(__riscv)
#define IN_REGISTER "+f"
#else
#define IN_REGISTER "+w"
#endif

/* The empty assembly makes each product a value that has to be computed. */
#define ADVANCE(sums, x)                 \
  __asm__ volatile("" : IN_REGISTER(x)); \
  sums += x * x;                         \
  __asm__ volatile("" : IN_REGISTER(sums))

#include "../core/peak_loop.inc"

const eoq_fp32_kernels eoq_fp32_scalar = {
  .conv_forward = eoq_fp32_conv_forward_reference,
  .conv_backward_data = eoq_fp32_conv_backward_data_reference,
  .conv_backward_weights = eoq_fp32_conv_backward_weights_reference,
  .elementwise = &elementwise,
  .peak_loop = peak_loop,
};
