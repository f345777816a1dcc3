/* vnni256.h: 256-bit vpdpbusd in both of its encodings. The instruction wants
 * one unsigned operand. The including file defines DPBUSD, the instruction as
 * the assembler has to be told, and ANY_REGISTER, the constraint of a register
 * that the encoding can name. */
#include <immintrin.h>

#define SOURCE int8_t
#define PACKED uint8_t
#define SUM int32_t
#define VECTOR __m256i
#define GROUP 4
#define LANES 8

/* As the intrinsic, but gcc 12 spills a large tile's accumulators with that. */
static inline __m256i dot(__m256i sums, __m256i bytes, __m256i signed_bytes) {
  __asm__(DPBUSD " %2, %1, %0" : "+" ANY_REGISTER(sums) : ANY_REGISTER(bytes), ANY_REGISTER(signed_bytes));
  return sums;
}

static inline __m256i broadcast(const uint8_t *from) {
  int32_t four;
  __builtin_memcpy(&four, from, sizeof four);
  return _mm256_set1_epi32(four);
}

static inline __m256i load_sums(const int32_t *from) {
  return _mm256_loadu_si256((const void *)from);
}

#define repeat _mm256_set1_epi32
