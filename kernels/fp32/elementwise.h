/* elementwise.h: the kernels of eoq_fp32_elementwise, in loops that the
 * compiler turns into vectors. A file for each path defines
 * EOQ_FP32_ELEMENTWISE, the name of its table, and includes this one.
 *
 * Reductions keep one accumulator a lane, so they vectorise without leave to
 * reorder a sum. Every loop over lanes runs once more on the shorter last tile.
 */
#include "kernels.h"

#include <string.h>

static inline size_t lanes(size_t length, size_t start, size_t width) {
  return length - start < width ? length - start : width;
}

static void sum_lanes(const float *restrict x, size_t length, size_t width, float *restrict sum) {
  memset(sum, 0, width * sizeof *sum);
  for (size_t i = 0; i < length; i += width) {
    for (size_t j = 0, m = lanes(length, i, width); j < m; j++) sum[j] += x[i + j];
  }
}

static void moments(const float *restrict x, size_t length, size_t width, float *restrict pivot,
                    float *restrict sum, float *restrict squares) {
  sum_lanes(x, length, width, pivot);
  size_t tiles = length / width, rest = length % width;
  for (size_t j = 0; j < width; j++) {
    size_t count = tiles + (j < rest);
    pivot[j] = count == 0 ? 0 : pivot[j] / (float)count;
  }
  memset(sum, 0, width * sizeof *sum);
  memset(squares, 0, width * sizeof *squares);
  for (size_t i = 0; i < length; i += width) {
    for (size_t j = 0, m = lanes(length, i, width); j < m; j++) {
      float deviation = x[i + j] - pivot[j];
      sum[j] += deviation;
      squares[j] += deviation * deviation;
    }
  }
}

/* A comparison that is false for NaN keeps it, so that a diverged run shows. */
static inline float relu(float x) {
  return x < 0 ? 0 : x;
}

/* Outputs may be inputs of the same index: ivdep tells the compiler that this
 * is the only overlap, which `restrict` would deny. */
static void normalize(const float *x, const float *residual, const float *mean, const float *scale,
                      const float *beta, size_t length, size_t width, float *y) {
  for (size_t i = 0; i < length; i += width) {
    size_t m = lanes(length, i, width);
    if (residual == NULL) {
#pragma GCC ivdep
      for (size_t j = 0; j < m; j++) y[i + j] = relu((x[i + j] - mean[j]) * scale[j] + beta[j]);
    } else {
#pragma GCC ivdep
      for (size_t j = 0; j < m; j++) {
        y[i + j] = relu((x[i + j] - mean[j]) * scale[j] + beta[j] + residual[i + j]);
      }
    }
  }
}

static void mask_and_sum(float *restrict dy, const float *restrict y, const float *restrict x,
                         const float *restrict mean, size_t length, size_t width, float *restrict sum,
                         float *restrict product) {
  memset(sum, 0, width * sizeof *sum);
  memset(product, 0, width * sizeof *product);
  for (size_t i = 0; i < length; i += width) {
    for (size_t j = 0, m = lanes(length, i, width); j < m; j++) {
      float g = y[i + j] > 0 ? dy[i + j] : 0;
      dy[i + j] = g;
      sum[j] += g;
      product[j] += g * (x[i + j] - mean[j]);
    }
  }
}

static void input_gradient(const float *restrict dy, float *restrict x, const float *restrict mean,
                           const float *restrict scale, const float *restrict offset, const float *restrict slope,
                           size_t length, size_t width) {
  for (size_t i = 0; i < length; i += width) {
    for (size_t j = 0, m = lanes(length, i, width); j < m; j++) {
      x[i + j] = scale[j] * (dy[i + j] - offset[j] - slope[j] * (x[i + j] - mean[j]));
    }
  }
}

static void add(const float *restrict x, size_t length, float *restrict y) {
  for (size_t i = 0; i < length; i++) y[i] += x[i];
}

static void from_uint8(const uint8_t *restrict images, size_t length, float *restrict x) {
  for (size_t i = 0; i < length; i++) x[i] = (float)(images[i] >> 1) * (1.0f / 64);
}

static void sgd(float *restrict weights, float *restrict velocity, const float *restrict gradient, size_t length,
                float learning_rate, float momentum, float decay) {
  for (size_t i = 0; i < length; i++) {
    velocity[i] = momentum * velocity[i] + (gradient[i] + decay * weights[i]);
    weights[i] -= learning_rate * velocity[i];
  }
}

const eoq_fp32_elementwise EOQ_FP32_ELEMENTWISE = {
  .moments = moments,
  .normalize = normalize,
  .mask_and_sum = mask_and_sum,
  .input_gradient = input_gradient,
  .sum = sum_lanes,
  .add = add,
  .from_uint8 = from_uint8,
  .sgd = sgd,
};
