/* table.c: the fp32 kernels of the selected path. */
#include "kernels.h"

#define TABLE(ID, symbol, name, CPUS, fp32) [EOQ_ISA_##ID] = EOQ_BUILT_FOR_##CPUS(&eoq_fp32_##fp32, NULL),
static const eoq_fp32_kernels *const tables[EOQ_ISA_COUNT] = { EOQ_EACH_PATH(TABLE) };

const eoq_fp32_kernels *eoq_fp32_selected(void) {
  return tables[eoq_isa_selected()];
}

int32_t eoq_fp32_peak(eoq_fp32_peak_call *call) {
  return eoq_peak_run(eoq_fp32_selected()->peak_loop, call->iterations);
}
