/* table.c: which int8 kernels run on which path. */
#include "kernels.h"

static const eoq_int8_kernels tables[EOQ_ISA_COUNT] = {
  [EOQ_ISA_SCALAR] = { eoq_int8_conv_forward_scalar, eoq_int8_conv_backward_data_scalar,
                       eoq_int8_conv_backward_weights_scalar, &eoq_int8_elementwise_scalar, 0 },
#if defined(EOQ_WITH_X86_SIMD)
  [EOQ_ISA_AVX2] = { eoq_int8_conv_forward_avx2, eoq_int8_conv_backward_data_avx2,
                     eoq_int8_conv_backward_weights_avx2, &eoq_int8_elementwise_avx2, 1 },
  [EOQ_ISA_AVX512VNNI] = { eoq_int8_conv_forward_avx512vnni, eoq_int8_conv_backward_data_avx512vnni,
                           eoq_int8_conv_backward_weights_avx512vnni, &eoq_int8_elementwise_avx512vnni, 1 },
#endif
};

int32_t eoq_int8_built(int32_t isa) {
  return tables[isa].conv_forward != NULL;
}

const eoq_int8_kernels *eoq_int8_selected(void) {
  return &tables[eoq_isa_selected()];
}
