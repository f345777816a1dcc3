/* peak.c: the fp32 multiply-add peak of the selected path; its scalar loop is
 * one multiplication and one addition. */
#include "peak.h"

#define PEAK_LOOP eoq_fp32_peak_scalar
#define VECTOR float
#define ZERO 0.0f
#define MACS 1

#if defined(__x86_64__)
#define IN_REGISTER "+x"
#else
#define IN_REGISTER "+w"
#endif

/* The empty assembly makes each product a value that has to be computed. */
#define ADVANCE(sums, x) __asm__ volatile("" : IN_REGISTER(x)); sums += x * x; __asm__ volatile("" : IN_REGISTER(sums))

#include "../core/peak_loop.inc"

static eoq_peak_loop *const loops[EOQ_ISA_COUNT] = {
  [EOQ_ISA_SCALAR] = eoq_fp32_peak_scalar,
#if defined(EOQ_WITH_X86_SIMD)
  [EOQ_ISA_AVX2] = eoq_fp32_peak_avx2,
  [EOQ_ISA_AVXVNNI] = eoq_fp32_peak_avx2,
  [EOQ_ISA_AVX512VNNI_256] = eoq_fp32_peak_avx2,
  [EOQ_ISA_AVX512VNNI] = eoq_fp32_peak_avx512vnni,
#endif
};

int32_t eoq_fp32_peak(int32_t iterations) {
  return eoq_peak_run(loops[eoq_isa_selected()], iterations);
}
