/* table.c: which fp32 kernel runs on which path. */
#include "kernels.h"

static const eoq_fp32_kernels tables[EOQ_ISA_COUNT] = {
  [EOQ_ISA_SCALAR] = { eoq_fp32_conv_forward_scalar, eoq_fp32_conv_backward_data_scalar,
                       eoq_fp32_conv_backward_weights_scalar, &eoq_fp32_elementwise_scalar },
#if defined(EOQ_WITH_X86_SIMD)
  [EOQ_ISA_AVX2] = { eoq_fp32_conv_forward_avx2, eoq_fp32_conv_backward_data_avx2,
                     eoq_fp32_conv_backward_weights_avx2, &eoq_fp32_elementwise_avx2 },
  [EOQ_ISA_AVX512VNNI] = { eoq_fp32_conv_forward_avx512vnni, eoq_fp32_conv_backward_data_avx512vnni,
                           eoq_fp32_conv_backward_weights_avx512vnni, &eoq_fp32_elementwise_avx512vnni },
#endif
};

const eoq_fp32_kernels *eoq_fp32_selected(void) {
  return &tables[eoq_isa_selected()];
}
