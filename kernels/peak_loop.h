/* peak_loop.h: the loop of one path, for a file that says what a vector is
 * (VECTOR), how many multiply-adds an instruction does (MACS) and what the
 * instruction is: ADVANCE(sums, x) adds products of x to `sums`, in assembly
 * that the compiler can neither drop nor move to memory.
 *
 * Twelve independent chains hide the latency of the instruction on every CPU
 * that has it, and leave four of sixteen registers. */
#include "peak.h"

#define EACH_CHAIN(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11)
#define DECLARE_CHAIN(i) VECTOR sums##i = ZERO;
#define ADVANCE_CHAIN(i) ADVANCE(sums##i, x);

void PEAK_LOOP(int32_t iterations) {
  VECTOR x = ZERO;
  EACH_CHAIN(DECLARE_CHAIN)
  const int64_t rounds = (int64_t)iterations * (EOQ_PEAK_MACS / (12 * MACS));
  for (int64_t i = 0; i < rounds; i++) {
    EACH_CHAIN(ADVANCE_CHAIN)
  }
}
