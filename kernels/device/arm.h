/* arm.h: the intrinsics of Arm's cores, and for those without Helium four int8
 * in a register. */
#ifndef EOQ_DEVICE_ARM_H
#define EOQ_DEVICE_ARM_H

#include "device.h"

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#elif defined(__ARM_FEATURE_SIMD32)
#include <arm_acle.h>
#endif

#if defined(__ARM_FEATURE_SIMD32) && !defined(__ARM_FEATURE_MVE)
/* Four int8 of any address. */
static inline uint32_t eoq_four(const int8_t *x) {
  uint32_t word;
  memcpy(&word, x, sizeof word);
  return word;
}

/* Elements 0 and 2 of four, and 1 and 3, as int16. */
static inline int16x2_t eoq_even(uint32_t word) {
  return __sxtb16((int8x4_t)word);
}

static inline int16x2_t eoq_odd(uint32_t word) {
  int16x2_t odd;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(word)); /* compilers rotate first */
  return odd;
}
#endif

#endif
