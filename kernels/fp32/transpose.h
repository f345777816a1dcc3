/* transpose.h: turns squares of numbers, four by four in registers. */
#ifndef EOQ_FP32_TRANSPOSE_H
#define EOQ_FP32_TRANSPOSE_H

#include <stddef.h>
#include <string.h>

typedef float eoq_fp32_quad __attribute__((vector_size(16)));

static inline eoq_fp32_quad eoq_fp32_load_quad(const float *from) {
  eoq_fp32_quad quad;
  memcpy(&quad, from, sizeof quad);
  return quad;
}

/* to[j][i] = from[i][j], i below rows, j below columns; pitches in elements. */
static inline void eoq_fp32_transpose(const float *from, size_t from_pitch, size_t rows, size_t columns, float *to,
                                      size_t to_pitch) {
  size_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    const float *row = from + i * from_pitch;
    size_t j = 0;
    for (; j + 4 <= columns; j += 4) {
      const eoq_fp32_quad a = eoq_fp32_load_quad(row + j), b = eoq_fp32_load_quad(row + from_pitch + j);
      const eoq_fp32_quad c = eoq_fp32_load_quad(row + 2 * from_pitch + j);
      const eoq_fp32_quad d = eoq_fp32_load_quad(row + 3 * from_pitch + j);
      const eoq_fp32_quad ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
      const eoq_fp32_quad ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const eoq_fp32_quad cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
      const eoq_fp32_quad cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      const eoq_fp32_quad columns_of[4] = {
        __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
        __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7),
      };
      for (int t = 0; t < 4; t++) memcpy(to + (j + t) * to_pitch + i, &columns_of[t], sizeof columns_of[t]);
    }
    for (; j < columns; j++) {
      for (size_t t = 0; t < 4; t++) to[j * to_pitch + i + t] = row[t * from_pitch + j];
    }
  }
  for (; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) to[j * to_pitch + i] = from[i * from_pitch + j];
  }
}

#endif
