/* elementwise.c: the elementwise kernels for the baseline CPU. */
#define EOQ_FP32_ELEMENTWISE eoq_fp32_elementwise_scalar
#include "elementwise.inc"
