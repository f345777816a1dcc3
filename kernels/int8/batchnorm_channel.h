/* batchnorm_channel.h: mean and standard deviation of one channel in fixed
 * point: what batch normalization costs in square roots and divisions. */
#ifndef EOQ_INT8_BATCHNORM_CHANNEL_H
#define EOQ_INT8_BATCHNORM_CHANNEL_H

#include "batchnorm.h"

/* mantissa * 2^exponent, the mantissa in [2^31, 2^32]. */
typedef struct {
  uint64_t mantissa;
  int32_t exponent;
} eoq_norm_number;

/* Both in steps of the sums they describe; the mean has 16 fraction bits. */
typedef struct {
  int64_t mean;
  eoq_norm_number std;
} eoq_norm_channel;

/* Steps of running means and standard deviations: 2^-20. */
enum { EOQ_NORM_RUNNING_EXPONENT = -20 };

/* Shift before sums and squares of `pixels` values up to `magnitude`, so that both fit int64: 0 in
 * all but extreme cases, where the statistics are then exact of the shifted values. */
int32_t eoq_norm_moment_shift(uint64_t magnitude, int32_t pixels);

/* Of the exact sums of x / 2^shift and its square over `pixels` sums x of this exponent. The standard deviation is
 * sqrt(variance + 2^-17). */
eoq_norm_channel eoq_norm_of_moments(int64_t sum, int64_t square, int32_t shift, int32_t pixels, int32_t exponent);

/* The running statistics as those of sums of this exponent, and an eighth of the way towards `batch`. */
eoq_norm_channel eoq_norm_of_running(int32_t mean, int32_t std, int32_t exponent);
void eoq_norm_run(int32_t *mean, int32_t *std, eoq_norm_channel batch, int32_t exponent);

/* sum / pixels with 16 fraction bits, rounded down; |sum| <= 2^62. */
int64_t eoq_norm_mean(int64_t sum, int32_t pixels);

/* Sets lane `lane` from a channel and its gamma and beta; returns 1 / std. */
eoq_norm_number eoq_norm_set_forward(const eoq_norm_lanes *lanes, size_t lane, eoq_norm_channel channel, int8_t gamma,
                                     int8_t beta);

#endif
