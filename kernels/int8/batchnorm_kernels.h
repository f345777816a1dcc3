/* batchnorm_kernels.h: the loops of batch normalization, written once in plain
 * C that gcc vectorises, compiled for each path. */
#include "batchnorm.h"
#include "bits.h"
#include "number.h"
#include "tally.h"

enum { NORM_BLOCK = 64, NORM_CHANNELS = 16, NORM_GROUP = 8 };

/* `group` pixels at a time, so that a channel's sums wait for memory once a
 * group; with `width` and `group` constant the loops vectorise whole. */
static inline __attribute__((always_inline)) void moments_of(const int32_t *restrict x, size_t group, size_t channels,
                                                             size_t width, int32_t shift, int64_t *restrict sums,
                                                             int64_t *restrict squares) {
  for (size_t i = 0; i < width; i++) {
    int64_t sum = 0, square = 0;
    for (size_t p = 0; p < group; p++) {
      const int64_t v = eoq_round_shift(x[p * channels + i], shift);
      sum += v;
      square += v * v;
      EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
      EOQ_TALLY(EOQ_OP_INT64_ADD, 2); /* the shift is 0 in all but extreme cases */
    }
    sums[i] += sum;
    squares[i] += square;
  }
}

static void norm_moments(const int32_t *x, size_t pixels, size_t channels, int32_t shift, int64_t *sums,
                         int64_t *squares) {
  for (size_t p = 0; p < pixels; p += NORM_GROUP, x += NORM_GROUP * channels) {
    const size_t group = pixels - p;
    if (group >= NORM_GROUP && channels % NORM_CHANNELS == 0 && shift == 0) {
      for (size_t i = 0; i < channels; i += NORM_CHANNELS) {
        moments_of(x + i, NORM_GROUP, channels, NORM_CHANNELS, 0, sums + i, squares + i);
      }
    } else {
      moments_of(x, group < NORM_GROUP ? group : NORM_GROUP, channels, channels, shift, sums, squares);
    }
  }
}

static inline __attribute__((always_inline)) void products_of(const int8_t *restrict g, const int16_t *restrict xhat,
                                                              size_t group, size_t channels, size_t width,
                                                              int64_t *restrict sums, int64_t *restrict products) {
  for (size_t i = 0; i < width; i++) {
    int32_t sum = 0, product = 0; /* 8 * 2^7 * 2^15 */
    for (size_t p = 0; p < group; p++) {
      sum += g[p * channels + i];
      product += g[p * channels + i] * xhat[p * channels + i];
      EOQ_TALLY(EOQ_OP_INT16_MULTIPLY, 1);
      EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
    }
    sums[i] += sum;
    products[i] += product;
  }
}

static void norm_sums(const int8_t *g, const int16_t *xhat, size_t pixels, size_t channels, int64_t *sums,
                      int64_t *products) {
  for (size_t p = 0; p < pixels; p += NORM_GROUP, g += NORM_GROUP * channels, xhat += NORM_GROUP * channels) {
    const size_t group = pixels - p;
    if (group >= NORM_GROUP && channels % NORM_CHANNELS == 0) {
      for (size_t i = 0; i < channels; i += NORM_CHANNELS) {
        products_of(g + i, xhat + i, NORM_GROUP, channels, NORM_CHANNELS, sums + i, products + i);
      }
    } else {
      products_of(g, xhat, group < NORM_GROUP ? group : NORM_GROUP, channels, channels, sums, products);
    }
  }
}

static inline int32_t norm_clip(int32_t x, int32_t limit) {
  x = x < -limit ? -limit : x;
  return x > limit ? limit : x;
}

/* One block: xhat, and v = gamma xhat + beta. */
static inline __attribute__((always_inline)) void norm_affine(const int32_t *restrict lanes, size_t period,
                                                              const int32_t *restrict x, size_t length,
                                                              int16_t *restrict xhat, int32_t *restrict v) {
  const int32_t *mean = lanes + EOQ_NORM_MEAN * period, *shift = lanes + EOQ_NORM_SHIFT * period;
  const int32_t *limit = lanes + EOQ_NORM_LIMIT * period, *factor = lanes + EOQ_NORM_FACTOR * period;
  const int32_t *offset = lanes + EOQ_NORM_OFFSET * period, *gamma = lanes + EOQ_NORM_GAMMA * period;
  const int32_t *beta = lanes + EOQ_NORM_BETA * period;
  for (size_t i = 0; i < length; i++) {
    const int32_t t = norm_clip((x[i] - mean[i]) >> shift[i], limit[i]);
    const int32_t h = norm_clip((t * factor[i] + offset[i]) >> EOQ_NORM_FACTOR_FRACTION, INT16_MAX);
    xhat[i] = (int16_t)h;
    v[i] = h * gamma[i] + beta[i];
    EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
    EOQ_TALLY(EOQ_OP_INT16_MULTIPLY, 1);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 3);
    EOQ_TALLY(EOQ_OP_SHIFT, 2);
    EOQ_TALLY_CLIP(2);
  }
}

static inline __attribute__((always_inline)) int32_t norm_block(const int32_t *lanes, size_t period,
                                                                const eoq_norm_target *t, size_t at, size_t length,
                                                                int32_t relu) {
  int16_t xhat[NORM_BLOCK];
  int32_t v[NORM_BLOCK], maximum = 0;
  int8_t y[NORM_BLOCK];
  norm_affine(lanes, period, t->x + at, length, t->xhat == NULL ? xhat : t->xhat + at, v);
  if (t->residual != NULL) {
    const int8_t *residual = t->residual + at;
    for (size_t i = 0; i < length; i++) v[i] += residual[i] * t->residual_factor;
    EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, length);
    EOQ_TALLY(EOQ_OP_INT32_ADD, length);
  }
  if (t->mask != NULL) {
    uint8_t positive[NORM_BLOCK] = { 0 };
    for (size_t i = 0; i < length; i++) positive[i] = v[i] > 0;
    EOQ_TALLY(EOQ_OP_COMPARE, length);
    t->mask[at / NORM_BLOCK] = eoq_bits_pack(positive);
  }
  for (size_t i = 0; i < length; i++) {
    const int32_t r = relu && v[i] < 0 ? 0 : v[i], magnitude = r < 0 ? -r : r;
    maximum = magnitude > maximum ? magnitude : maximum;
    y[i] = (int8_t)eoq_clip127(eoq_round_shift(r, t->shift));
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
    EOQ_TALLY_QUANTIZE(1);
  }
  __builtin_memcpy(t->y + at, y, length);
  return maximum;
}

static inline __attribute__((always_inline)) int32_t norm_blocks(const eoq_norm_lanes *lanes,
                                                                 const eoq_norm_target *target, size_t from,
                                                                 size_t to, int32_t relu) {
  int32_t maximum = 0;
  size_t lane = from % lanes->period;
  for (size_t i = from; i < to; i += NORM_BLOCK) {
    const int32_t *at = lanes->lanes + lane;
    const int32_t most = to - i >= NORM_BLOCK ? norm_block(at, lanes->period, target, i, NORM_BLOCK, relu)
                                              : norm_block(at, lanes->period, target, i, to - i, relu);
    maximum = most > maximum ? most : maximum;
    lane = lane + NORM_BLOCK == lanes->period ? 0 : lane + NORM_BLOCK;
  }
  return maximum;
}

static int32_t norm_normalize(const eoq_norm_lanes *lanes, const eoq_norm_target *target, size_t from, size_t to) {
  return target->relu ? norm_blocks(lanes, target, from, to, 1) : norm_blocks(lanes, target, from, to, 0);
}

static inline __attribute__((always_inline)) void error_of(const int32_t *restrict lanes, size_t period,
                                                           const int8_t *restrict g, const int16_t *restrict xhat,
                                                           size_t length, int32_t shift, int8_t *restrict dx,
                                                           int32_t extremes[2]) {
  const int32_t *error = lanes + EOQ_NORM_ERROR * period, *slope = lanes + EOQ_NORM_SLOPE * period;
  const int32_t *constant = lanes + EOQ_NORM_CONSTANT * period;
  int32_t low = extremes[0], high = extremes[1];
  for (size_t i = 0; i < length; i++) {
    const int32_t v = g[i] * error[i] + xhat[i] * slope[i] + constant[i];
    low = v < low ? v : low;
    high = v > high ? v : high;
    dx[i] = (int8_t)eoq_clip127(eoq_round_shift(v, shift));
    EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 2);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
    EOQ_TALLY_QUANTIZE(1);
  }
  extremes[0] = low;
  extremes[1] = high;
}

static void norm_error(const eoq_norm_lanes *lanes, const int8_t *g, const int16_t *xhat, int32_t shift, int8_t *dx,
                       size_t from, size_t to, int32_t extremes[2]) {
  size_t lane = from % lanes->period;
  for (size_t i = from; i < to; i += NORM_BLOCK) {
    const int32_t *at = lanes->lanes + lane;
    if (to - i >= NORM_BLOCK) error_of(at, lanes->period, g + i, xhat + i, NORM_BLOCK, shift, dx + i, extremes);
    else error_of(at, lanes->period, g + i, xhat + i, to - i, shift, dx + i, extremes);
    lane = lane + NORM_BLOCK == lanes->period ? 0 : lane + NORM_BLOCK;
  }
}
