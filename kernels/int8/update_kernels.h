/* update_kernels.h: the weight update of one range: gradients to int8, then
 * momentum and weights, one loop a width in which weights are stored. */
#include "kernels.h"
#include "number.h"
#include "random.h"

static uint64_t magnitude32(const int32_t *g, size_t count) {
  int32_t low = 0, high = 0;
  for (size_t i = 0; i < count; i++) {
    low = g[i] < low ? g[i] : low;
    high = g[i] > high ? g[i] : high;
  }
  return eoq_magnitude(low, high);
}

static uint64_t magnitude64(const int64_t *g, size_t count) {
  int64_t low = 0, high = 0;
  for (size_t i = 0; i < count; i++) {
    low = g[i] < low ? g[i] : low;
    high = g[i] > high ? g[i] : high;
  }
  return eoq_magnitude(low, high);
}

static void gradient32(eoq_update u, const int32_t *restrict g, size_t from, size_t count, int8_t *restrict q) {
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = eoq_random(u.gradient_key, (uint32_t)(from + i));
    q[i] = (int8_t)eoq_clip127(eoq_round_random(g[i], u.shift, bits));
  }
}

/* Sums this wide only lose bits that are 2^24 times finer than the rounding. */
static void gradient64(eoq_update u, const int64_t *restrict g, size_t from, size_t count, int8_t *restrict q) {
  const int32_t coarse = u.shift > 24 ? u.shift - 24 : 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = eoq_random(u.gradient_key, (uint32_t)(from + i));
    q[i] = (int8_t)eoq_clip127(eoq_round_random((int32_t)(g[i] >> coarse), u.shift - coarse, bits));
  }
}

/* v - v / 8 + rate * q within 24 bits. */
static inline int32_t momentum_of(eoq_update u, int32_t v, int32_t q) {
  const int32_t scaled = (int32_t)((uint32_t)(q * u.mantissa) << u.left);
  v += eoq_round_shift(scaled, u.right) - ((v + 4) >> 3);
  v = v > EOQ_MOMENTUM_LIMIT ? EOQ_MOMENTUM_LIMIT : v;
  return v < -EOQ_MOMENTUM_LIMIT ? -EOQ_MOMENTUM_LIMIT : v;
}

static inline int32_t clip(int32_t x, int32_t limit) {
  x = x > limit ? limit : x;
  return x < -limit ? -limit : x;
}

static void update8(eoq_update u, const int8_t *restrict q, size_t from, size_t count, int8_t *restrict weights,
                    int32_t *restrict momentum) {
  for (size_t i = 0; i < count; i++) {
    momentum[i] = momentum_of(u, momentum[i], q[i]);
    const uint32_t bits = eoq_random(u.update_key, (uint32_t)(from + i));
    const int32_t step = eoq_clip127(eoq_round_random(momentum[i], EOQ_MOMENTUM_FRACTION, bits));
    weights[i] = (int8_t)eoq_clip127(weights[i] - step);
  }
}

enum { FRACTION_16 = 8, FRACTION_24 = 16 };

static void update16(eoq_update u, const int8_t *restrict q, size_t from, size_t count, int8_t *restrict weights,
                     int8_t *restrict fraction, int32_t *restrict momentum) {
  for (size_t i = 0; i < count; i++) {
    momentum[i] = momentum_of(u, momentum[i], q[i]);
    const uint32_t bits = eoq_random(u.update_key, (uint32_t)(from + i));
    const int32_t step = clip(eoq_round_random(momentum[i], EOQ_MOMENTUM_FRACTION - FRACTION_16, bits), INT16_MAX);
    const int32_t stored = clip(weights[i] * (1 << FRACTION_16) + fraction[i] - step, 127 << FRACTION_16);
    const int32_t weight = eoq_round_shift(stored, FRACTION_16);
    weights[i] = (int8_t)weight;
    fraction[i] = (int8_t)(stored - weight * (1 << FRACTION_16));
  }
}

/* Steps of 24-bit weights are finer than those of the momentum, so nothing is rounded. */
static void update24(eoq_update u, const int8_t *restrict q, size_t count, int8_t *restrict weights,
                     int16_t *restrict fraction, int32_t *restrict momentum) {
  for (size_t i = 0; i < count; i++) {
    momentum[i] = momentum_of(u, momentum[i], q[i]);
    const int32_t step = clip(momentum[i] * (1 << (FRACTION_24 - EOQ_MOMENTUM_FRACTION)), EOQ_MOMENTUM_LIMIT);
    const int32_t stored = clip(weights[i] * (1 << FRACTION_24) + fraction[i] - step, 127 << FRACTION_24);
    const int32_t weight = eoq_round_shift(stored, FRACTION_24);
    weights[i] = (int8_t)weight;
    fraction[i] = (int16_t)(stored - weight * (1 << FRACTION_24));
  }
}
