/* batchnorm_statistics.c: merges partial sums; see the header. */
#include "batchnorm_statistics.h"

#include "../core/group.h"

#include <math.h>
#include <string.h>

/* Adds the lanes of each channel up in the first c numbers. */
static void fold(const eoq_fp32_partition *p, double *lanes) {
  for (size_t l = p->c; l < p->width; l++) {
    lanes[l % p->c] += lanes[l];
    EOQ_FP32_OVERHEAD(0, 1, 0);
  }
}

int32_t eoq_fp32_merge_moments(const eoq_fp32_partition *p, float *partial, double *restrict mean,
                               double *restrict squares) {
  memset(mean, 0, p->width * sizeof *mean);
  memset(squares, 0, p->width * sizeof *squares);
  for (int32_t i = 0; i < p->chunks; i++) {
    const float *pivot = eoq_fp32_partial(p, partial, i), *sum = pivot + p->width;
    const size_t length = eoq_fp32_chunk_length(p, i), tiles = length / p->width, rest = length % p->width;
    for (size_t l = 0; l < p->width; l++) {
      mean[l] += (double)(tiles + (l < rest)) * pivot[l] + sum[l];
      EOQ_FP32_OVERHEAD(1, 2, 0);
    }
  }
  fold(p, mean);
  const int32_t status = eoq_group_sums(mean, p->c, EOQ_FP64);
  if (status < 0) return status;
  const double count = (double)eoq_group_whole((int64_t)(p->length / p->c));
  for (size_t k = 0; k < p->c; k++) {
    mean[k] /= count;
    EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 1);
  }
  for (size_t l = p->c; l < p->width; l++) mean[l] = mean[l % p->c];
  for (int32_t i = 0; i < p->chunks; i++) {
    const float *pivot = eoq_fp32_partial(p, partial, i), *sum = pivot + p->width, *square = sum + p->width;
    const size_t length = eoq_fp32_chunk_length(p, i), tiles = length / p->width, rest = length % p->width;
    for (size_t l = 0; l < p->width; l++) {
      const double shift = pivot[l] - mean[l], elements = (double)(tiles + (l < rest));
      squares[l] += square[l] + 2 * shift * sum[l] + elements * shift * shift;
      EOQ_FP32_OVERHEAD(4, 4, 0);
    }
  }
  fold(p, squares);
  return eoq_group_sums(squares, p->c, EOQ_FP64);
}

void eoq_fp32_merge_sums(const eoq_fp32_partition *p, float *partial, int32_t index, double *restrict sums) {
  memset(sums, 0, p->width * sizeof *sums);
  for (int32_t i = 0; i < p->chunks; i++) {
    const float *sum = eoq_fp32_partial(p, partial, i) + (size_t)index * p->width;
    for (size_t l = 0; l < p->width; l++) {
      sums[l] += sum[l];
      EOQ_FP32_OVERHEAD(0, 1, 0);
    }
  }
  fold(p, sums);
}

float eoq_fp32_inverse_std(double variance, float epsilon) {
  EOQ_FP32_TALLY(0, 1, 0);
  EOQ_TALLY(EOQ_OP_FP32_SQUARE_ROOT, 1);
  EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 1);
  return (float)(1 / sqrt(variance + epsilon));
}
