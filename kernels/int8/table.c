/* table.c: the int8 kernels of the selected path. */
#include "calls.h"
#include "kernels.h"

#define TABLE(ID, symbol, name, CPUS, fp32) [EOQ_ISA_##ID] = EOQ_BUILT_FOR_##CPUS(&eoq_int8_##symbol, NULL),
static const eoq_int8_kernels *const tables[EOQ_ISA_COUNT] = { EOQ_EACH_PATH(TABLE) };

const eoq_int8_kernels *eoq_int8_selected(void) {
  return tables[eoq_isa_selected()];
}

int32_t eoq_int8_peak(eoq_int8_peak_call *call) {
  return eoq_peak_run(eoq_int8_selected()->peak_loop, call->iterations);
}
