/* peak.c: the int8 multiply-add peak of the selected path; its scalar loop is
 * one integer multiply and one addition. */
#include "peak.h"

#define PEAK_LOOP eoq_int8_peak_scalar
#define VECTOR int32_t
#define ZERO 0
#define MACS 1

/* The empty assembly makes each product a value that has to be computed. */
#define ADVANCE(sums, x) __asm__ volatile("" : "+r"(x)); sums += x * x; __asm__ volatile("" : "+r"(sums))

#include "../core/peak_loop.inc"

static eoq_peak_loop *const loops[EOQ_ISA_COUNT] = {
  [EOQ_ISA_SCALAR] = eoq_int8_peak_scalar,
#if defined(EOQ_WITH_X86_SIMD)
  [EOQ_ISA_AVX2] = eoq_int8_peak_avx2,
  [EOQ_ISA_AVXVNNI] = eoq_int8_peak_avxvnni,
  [EOQ_ISA_AVX512VNNI_256] = eoq_int8_peak_avx512vnni_256,
  [EOQ_ISA_AVX512VNNI] = eoq_int8_peak_avx512vnni,
#endif
};

int32_t eoq_int8_peak(int32_t iterations) {
  return eoq_peak_run(loops[eoq_isa_selected()], iterations);
}
