/* batchnorm.h: batch normalization in integers (arXiv 1909.02384, section
 * III-B): what a channel's coefficients are and how the kernels see them.
 *
 * Per channel, over m pixels of sums x with exponent e:
 *   xhat = (x - mean) / std           int16, steps of 2^-11, |xhat| < 16
 *   v = gamma xhat + beta (+ shortcut)  int32, steps of 2^-17
 * with gamma and beta int8 in steps of 2^-6. Sums over a batch are exact. A
 * channel costs one square root and nine divisions, forward and back, an
 * element none. */
#ifndef EOQ_INT8_BATCHNORM_H
#define EOQ_INT8_BATCHNORM_H

#include <stddef.h>
#include <stdint.h>

enum {
  EOQ_NORM_XHAT_EXPONENT = -11,
  EOQ_NORM_PARAMETER_EXPONENT = -6,
  EOQ_NORM_SUM_EXPONENT = EOQ_NORM_XHAT_EXPONENT + EOQ_NORM_PARAMETER_EXPONENT,
  EOQ_NORM_FACTOR_FRACTION = 15,
  EOQ_NORM_MOST_CHANNELS = 2048,
};

/* Coefficients of each element of a block of 64, repeated until blocks and
 * channels meet again: `period` of them, a multiple of 64, a kind. */
enum {
  EOQ_NORM_MEAN, /* forward: t = clip((x - mean) >> shift, limit) */
  EOQ_NORM_SHIFT,
  EOQ_NORM_LIMIT,
  EOQ_NORM_FACTOR, /* xhat = (t * factor + offset) >> 15 */
  EOQ_NORM_OFFSET,
  EOQ_NORM_GAMMA, /* v = xhat * gamma + beta */
  EOQ_NORM_BETA,
  EOQ_NORM_FORWARD_LANES,

  EOQ_NORM_ERROR = 0, /* backward: dx = g * error + xhat * slope + constant */
  EOQ_NORM_SLOPE,
  EOQ_NORM_CONSTANT,
  EOQ_NORM_BACKWARD_LANES,
};

typedef struct {
  int32_t *lanes;
  size_t period, channels;
} eoq_norm_lanes;

/* What a range is normalised into; `xhat`, `residual` and `mask` may be NULL. */
typedef struct {
  const int32_t *x;
  const int8_t *residual;
  int32_t residual_factor, shift, relu;
  int16_t *xhat;
  int8_t *y;
  uint64_t *mask;
} eoq_norm_target;

typedef struct {
  /* Adds a channel's sums of v = round(x / 2^shift) and of v^2. */
  void (*moments)(const int32_t *x, size_t pixels, size_t channels, int32_t shift, int64_t *sums, int64_t *squares);
  /* Elements from..to; the largest magnitude of v, or of relu(v), comes back. */
  int32_t (*normalize)(const eoq_norm_lanes *lanes, const eoq_norm_target *target, size_t from, size_t to);
  /* Adds a channel's sums of g and of g * xhat. */
  void (*sums)(const int8_t *g, const int16_t *xhat, size_t pixels, size_t channels, int64_t *sums, int64_t *products);
  /* Elements from..to of dx; extremes get those of what was rounded. */
  void (*error)(const eoq_norm_lanes *lanes, const int8_t *g, const int16_t *xhat, int32_t shift, int8_t *dx,
                size_t from, size_t to, int32_t extremes[2]);
} eoq_int8_batchnorm;

#endif
