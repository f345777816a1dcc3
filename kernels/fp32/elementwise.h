/* elementwise.h: the kernels of eoq_fp32_elementwise, in loops that the
 * compiler turns into vectors. A file for each path defines
 * EOQ_FP32_ELEMENTWISE, the name of its table, and includes this one.
 *
 * Reductions keep one accumulator a lane, so they vectorise without leave to
 * reorder a sum. Every loop over lanes runs once more on the shorter last tile.
 */
#include "kernels.h"
#include "partition.h"

#include <string.h>

static inline size_t lanes(size_t length, size_t start, size_t width) {
  return length - start < width ? length - start : width;
}

static void sum_lanes(const float *restrict x, size_t length, size_t width, float *restrict sum) {
  memset(sum, 0, width * sizeof *sum);
  for (size_t i = 0; i < length; i += width) {
    for (size_t j = 0, m = lanes(length, i, width); j < m; j++) {
      sum[j] += x[i + j];
      EOQ_FP32_TALLY(0, 1, 0);
    }
  }
}

#include "batchnorm_lanes.h"
#include "fixup_lanes.h"

static void add(const float *restrict x, size_t length, float *restrict y) {
  for (size_t i = 0; i < length; i++) {
    y[i] += x[i];
    EOQ_FP32_TALLY(0, 1, 0);
  }
}

static void maximum(const float *restrict x, size_t length, uint8_t tap, float *restrict y, uint8_t *restrict places) {
  /* A NaN is larger than everything, so that a diverged run shows. */
  for (size_t i = 0; i < length; i++) {
    const int larger = x[i] > y[i] || x[i] != x[i];
    if (places != NULL) places[i] = larger ? tap : places[i];
    y[i] = larger ? x[i] : y[i];
    EOQ_FP32_TALLY(0, 0, 1);
    EOQ_FP32_OVERHEAD(0, 0, 1);
  }
}

static void add_from(const float *restrict x, const uint8_t *restrict places, uint8_t tap, size_t length,
                     float *restrict y) {
  for (size_t i = 0; i < length; i++) {
    y[i] += places[i] == tap ? x[i] : 0;
    EOQ_TALLY(EOQ_OP_COMPARE, 1);
    EOQ_FP32_TALLY(0, 1, 0);
  }
}

static void from_uint8(const uint8_t *restrict images, size_t length, int32_t offset, float *restrict x) {
  const float step = 1.0f / 64;
  if (offset == 0) {
    for (size_t i = 0; i < length; i++) {
      x[i] = (float)(images[i] >> 1) * step;
      EOQ_TALLY(EOQ_OP_SHIFT, 1);
      EOQ_FP32_TALLY(1, 0, 0);
    }
  } else {
    for (size_t i = 0; i < length; i++) {
      x[i] = (float)(images[i] - offset) * step;
      EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
      EOQ_FP32_TALLY(1, 0, 0);
    }
  }
}

static void sgd(float *restrict weights, float *restrict velocity, const float *restrict gradient, size_t length,
                float learning_rate, float momentum, float decay) {
  for (size_t i = 0; i < length; i++) {
    velocity[i] = momentum * velocity[i] + (gradient[i] + decay * weights[i]);
    weights[i] -= learning_rate * velocity[i];
    EOQ_FP32_TALLY(3, 3, 0);
  }
}

/* The mean; lanes are added up in double precision. */
static float mean_of(const float *restrict x, size_t length) {
  float sum[EOQ_FP32_TILE];
  const size_t width = lanes(length, 0, EOQ_FP32_TILE);
  sum_lanes(x, length, width, sum);
  double total = 0;
  for (size_t j = 0; j < width; j++) {
    total += sum[j];
    EOQ_FP32_OVERHEAD(0, 1, 0);
  }
  EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 1);
  return (float)(total / (double)length);
}

static void sgd_centered(float *restrict weights, float *restrict velocity, const float *restrict gradient,
                         size_t length, float learning_rate, float momentum, float decay) {
  const float mean = mean_of(gradient, length);
  for (size_t i = 0; i < length; i++) {
    velocity[i] = momentum * velocity[i] + ((gradient[i] - mean) + decay * weights[i]);
    weights[i] -= learning_rate * velocity[i];
    EOQ_FP32_TALLY(3, 4, 0);
  }
}

const eoq_fp32_elementwise EOQ_FP32_ELEMENTWISE = {
  .moments = moments,
  .normalize = normalize,
  .mask_and_sum = mask_and_sum,
  .relu_and_sum = relu_and_sum,
  .input_gradient = input_gradient,
  .fixup_relu = fixup_relu,
  .fixup_relu_gradient = fixup_relu_gradient,
  .fixup_residual_gradient = fixup_residual_gradient,
  .maximum = maximum,
  .add_from = add_from,
  .sum = sum_lanes,
  .add = add,
  .from_uint8 = from_uint8,
  .sgd = sgd,
  .sgd_centered = sgd_centered,
};
