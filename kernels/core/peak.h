/* peak.h: what the loops that measure a path's multiply-add peak share. */
#ifndef EOQ_PEAK_H
#define EOQ_PEAK_H

#include "internal.h"

/* Multiply-adds of one iteration: on every path a whole number of rounds of
 * the twelve chains in peak_loop.inc. */
enum { EOQ_PEAK_MACS = 12 << 16 };

/* Does `iterations` * EOQ_PEAK_MACS multiply-adds between registers. */
typedef void eoq_peak_loop(int32_t iterations);

/* Runs the loop once on every thread. */
int32_t eoq_peak_run(eoq_peak_loop *loop, int32_t iterations);

#endif
