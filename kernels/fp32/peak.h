/* peak.h: the fp32 peak loops, one a path. */
#ifndef EOQ_FP32_PEAK_H
#define EOQ_FP32_PEAK_H

#include "../core/peak.h"

eoq_peak_loop eoq_fp32_peak_scalar, eoq_fp32_peak_avx2, eoq_fp32_peak_avx512vnni;

#endif
