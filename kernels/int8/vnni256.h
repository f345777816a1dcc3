/* vnni256.h: 256-bit vpdpbusd in both of its encodings. The including file
 * defines DPBUSD, the instruction as the assembler has to be told, and
 * ANY_REGISTER, the constraint of a register that the encoding can name. */
#include <immintrin.h>

#define SOURCE int8_t
#define SUM int32_t
#define VECTOR __m256i
#define GROUP 4
#define LANES 8

/* Adds four products of an unsigned and a signed byte to each sum. As the
 * intrinsic, but gcc 12 spills a large tile's accumulators with that. */
static inline __m256i dot(__m256i sums, __m256i bytes, __m256i signed_bytes) {
  __asm__(DPBUSD " %2, %1, %0" : "+" ANY_REGISTER(sums) : ANY_REGISTER(bytes), ANY_REGISTER(signed_bytes));
  return sums;
}

/* Four bytes in every lane. */
static inline __m256i repeat_four(const void *from) {
  int32_t four;
  __builtin_memcpy(&four, from, sizeof four);
  return _mm256_set1_epi32(four);
}
