/* batchnorm_statistics.h: from the partial sums of lanes and chunks to the
 * statistics of a channel, in double precision and in one fixed order. */
#ifndef EOQ_FP32_BATCHNORM_STATISTICS_H
#define EOQ_FP32_BATCHNORM_STATISTICS_H

#include "kernels.h"
#include "partition.h"

typedef struct {
  double mean;
  double squares; /* sum of squared deviations from the mean */
} eoq_fp32_moments;

/* Lane vectors of partial sums that a chunk leaves. */
enum { EOQ_FP32_PARTIALS = 3 };

static inline float *eoq_fp32_partial(const eoq_fp32_partition *p, float *partial, int32_t item) {
  return partial + EOQ_FP32_PARTIALS * (size_t)item * p->width;
}

/* Merges what the `moments` kernel left of each chunk by the corrected
 * two-pass algorithm: the mean is the pivots' plus what the deviations sum to,
 * and a part's squares move from its pivot to the whole's mean (Chan, Golub &
 * LeVeque 1983). Nothing cancels, however large the mean. */
eoq_fp32_moments eoq_fp32_merge_moments(const eoq_fp32_partition *p, float *partial, size_t channel);

/* The channel's sum over all lanes and chunks of partial vector `index`. */
double eoq_fp32_merge_sums(const eoq_fp32_partition *p, float *partial, int32_t index, size_t channel);

/* 1 / sqrt(variance + epsilon). */
float eoq_fp32_inverse_std(double variance, float epsilon);

#endif
