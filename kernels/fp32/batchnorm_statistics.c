/* batchnorm_statistics.c: merges partial sums; see the header. */
#include "batchnorm_statistics.h"

#include <math.h>

/* Elements of a lane in a chunk. */
static double lane_count(const eoq_fp32_partition *p, int32_t item, size_t lane) {
  size_t length = eoq_fp32_chunk_length(p, item);
  return (double)(length / p->width + (lane < length % p->width));
}

eoq_fp32_moments eoq_fp32_merge_moments(const eoq_fp32_partition *p, float *partial, size_t channel) {
  double total = 0;
  for (int32_t i = 0; i < p->chunks; i++) {
    const float *pivot = eoq_fp32_partial(p, partial, i), *sum = pivot + p->width;
    for (size_t l = channel; l < p->width; l += p->c) total += lane_count(p, i, l) * pivot[l] + sum[l];
  }
  double mean = total / (double)(p->length / p->c), squares = 0;
  for (int32_t i = 0; i < p->chunks; i++) {
    const float *pivot = eoq_fp32_partial(p, partial, i), *sum = pivot + p->width, *square = sum + p->width;
    for (size_t l = channel; l < p->width; l += p->c) {
      double shift = pivot[l] - mean;
      squares += square[l] + 2 * shift * sum[l] + lane_count(p, i, l) * shift * shift;
    }
  }
  return (eoq_fp32_moments){ mean, squares };
}

double eoq_fp32_merge_sums(const eoq_fp32_partition *p, float *partial, int32_t index, size_t channel) {
  double total = 0;
  for (int32_t i = 0; i < p->chunks; i++) {
    const float *sum = eoq_fp32_partial(p, partial, i) + (size_t)index * p->width;
    for (size_t l = channel; l < p->width; l += p->c) total += sum[l];
  }
  return total;
}

float eoq_fp32_inverse_std(double variance, float epsilon) {
  return (float)(1 / sqrt(variance + epsilon));
}
