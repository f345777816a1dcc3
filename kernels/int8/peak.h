/* peak.h: the int8 peak loops, one a path. */
#ifndef EOQ_INT8_PEAK_H
#define EOQ_INT8_PEAK_H

#include "../core/peak.h"

eoq_peak_loop eoq_int8_peak_scalar, eoq_int8_peak_avx2, eoq_int8_peak_avxvnni, eoq_int8_peak_avx512vnni_256,
  eoq_int8_peak_avx512vnni;

#endif
