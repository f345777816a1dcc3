/* elementwise.avx512vnni.c: the elementwise kernels compiled for this path. */
#define EOQ_FP32_ELEMENTWISE eoq_fp32_elementwise_avx512vnni
#include "elementwise.inc"
