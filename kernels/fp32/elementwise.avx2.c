/* elementwise.avx2.c: the elementwise kernels compiled for this path. */
#define EOQ_FP32_ELEMENTWISE eoq_fp32_elementwise_avx2
#include "elementwise.inc"
