/* update_kernels.h: the weight update of one range. The
 * gradient is int32, or int64 where a batch could overflow that. */
#include "kernels.h"
#include "number.h"
#include "random.h"

enum { MOMENTUM_FRACTION = 12, FINEST_RATE = -8, COARSEST_RATE = 23 };

/* What 2^rate * g adds to the momentum, to nearest. */
static inline int32_t momentum_step(int32_t g, int32_t rate) {
  if (rate >= 0) return (int32_t)((uint32_t)g << (rate < COARSEST_RATE ? rate : COARSEST_RATE));
  return rate < FINEST_RATE ? 0 : eoq_round_shift(g, -rate);
}

static inline void update_one(eoq_update u, int32_t g, uint32_t element, int8_t *weight, int32_t *momentum) {
  int32_t v = *momentum - ((*momentum + 4) >> 3) + momentum_step(g, u.rate);
  v = v > EOQ_MOMENTUM_LIMIT ? EOQ_MOMENTUM_LIMIT : v;
  v = v < -EOQ_MOMENTUM_LIMIT ? -EOQ_MOMENTUM_LIMIT : v;
  *momentum = v;
  const int32_t step = eoq_clip127(eoq_round_random(v, MOMENTUM_FRACTION, eoq_random(u.update_key, element)));
  *weight = (int8_t)eoq_clip127(*weight - step);
}

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

static void update32(eoq_update u, const int32_t *g, size_t from, size_t to, int8_t *weights,
                           int32_t *momentum) {
  for (size_t i = from; i < to; i++) {
    const uint32_t bits = eoq_random(u.gradient_key, (uint32_t)i);
    const int32_t q = eoq_clip127(eoq_round_random(g[i], u.shift, bits));
    update_one(u, q, (uint32_t)i, &weights[i], &momentum[i]);
  }
}

/* Sums this wide only lose bits that are 2^24 times finer than the rounding. */
static void update64(eoq_update u, const int64_t *g, size_t from, size_t to, int8_t *weights,
                           int32_t *momentum) {
  const int32_t coarse = u.shift > 24 ? u.shift - 24 : 0;
  for (size_t i = from; i < to; i++) {
    const uint32_t bits = eoq_random(u.gradient_key, (uint32_t)i);
    const int32_t q = eoq_clip127(eoq_round_random((int32_t)(g[i] >> coarse), u.shift - coarse, bits));
    update_one(u, q, (uint32_t)i, &weights[i], &momentum[i]);
  }
}
