/* table.c: which int8 kernels run on which path. */
#include "kernels.h"

#define KERNELS(isa, takes_sink)                                                                          \
  { eoq_int8_conv_forward_##isa, eoq_int8_conv_backward_data_##isa, eoq_int8_conv_backward_weights_##isa, \
    &eoq_int8_elementwise_##isa, takes_sink }

static const eoq_int8_kernels tables[EOQ_ISA_COUNT] = {
  [EOQ_ISA_SCALAR] = KERNELS(scalar, 0),
#if defined(EOQ_WITH_X86_SIMD)
  [EOQ_ISA_AVX2] = KERNELS(avx2, 1),
  [EOQ_ISA_AVXVNNI] = KERNELS(avxvnni, 1),
  [EOQ_ISA_AVX512VNNI_256] = KERNELS(avx512vnni_256, 1),
  [EOQ_ISA_AVX512VNNI] = KERNELS(avx512vnni, 1),
#endif
};

int32_t eoq_int8_built(int32_t isa) {
  return tables[isa].conv_forward != NULL;
}

const eoq_int8_kernels *eoq_int8_selected(void) {
  return &tables[eoq_isa_selected()];
}
