/* batchnorm_statistics.h: from the partial sums of lanes and chunks to the
 * statistics of a channel, in double precision and in one fixed order. */
#ifndef EOQ_FP32_BATCHNORM_STATISTICS_H
#define EOQ_FP32_BATCHNORM_STATISTICS_H

#include "kernels.h"
#include "partition.h"

/* Lane vectors of partial sums that a chunk leaves. */
enum { EOQ_FP32_PARTIALS = 3 };

static inline float *eoq_fp32_partial(const eoq_fp32_partition *p, float *partial, int32_t item) {
  return partial + EOQ_FP32_PARTIALS * (size_t)item * p->width;
}

/* Merges what the `moments` kernel left of each chunk: the mean of every
 * channel and the sum of its squared deviations from it, by the corrected
 * two-pass algorithm: the mean is the pivots' plus what the deviations sum to,
 * and a part's squares move from its pivot to the whole's mean (Chan, Golub &
 * LeVeque 1983). Nothing cancels, however large the mean. Both results have
 * room for p->width numbers; the first p->c are the channels', of all
 * members of a group, in whose order they add up. EOQ_OK, or a status after eoq_fail(). */
int32_t eoq_fp32_merge_moments(const eoq_fp32_partition *p, float *partial, double *mean, double *squares);

/* The sums over all chunks of partial vector `index`, in the same form, of this member's part of a batch alone. */
void eoq_fp32_merge_sums(const eoq_fp32_partition *p, float *partial, int32_t index, double *sums);

/* 1 / sqrt(variance + epsilon). */
float eoq_fp32_inverse_std(double variance, float epsilon);

#endif
