/* table.c: which fp32 kernel runs on which path. */
#include "kernels.h"

#define KERNELS(isa)                                                                                             \
  { eoq_fp32_conv_forward_##isa, eoq_fp32_conv_backward_data_##isa, eoq_fp32_conv_backward_weights_##isa, \
    &eoq_fp32_elementwise_##isa }

/* Paths that differ from another in their int8 instructions only share its fp32 kernels. */
static const eoq_fp32_kernels tables[EOQ_ISA_COUNT] = {
  [EOQ_ISA_SCALAR] = KERNELS(scalar),
#if defined(EOQ_WITH_X86_SIMD)
  [EOQ_ISA_AVX2] = KERNELS(avx2),
  [EOQ_ISA_AVXVNNI] = KERNELS(avx2),
  [EOQ_ISA_AVX512VNNI_256] = KERNELS(avx2),
  [EOQ_ISA_AVX512VNNI] = KERNELS(avx512vnni),
#endif
};

const eoq_fp32_kernels *eoq_fp32_selected(void) {
  return &tables[eoq_isa_selected()];
}
