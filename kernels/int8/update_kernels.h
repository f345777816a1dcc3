/* update_kernels.h: the weight update of one range: gradients to int8, then
 * momentum and weights, one loop a width in which weights are stored. */
#include "kernels.h"
#include "number.h"
#include "random.h"
#include "tally.h"

static uint64_t magnitude32(const int32_t *g, size_t count) {
  int32_t low = 0, high = 0;
  for (size_t i = 0; i < count; i++) {
    low = g[i] < low ? g[i] : low;
    high = g[i] > high ? g[i] : high;
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
  }
  return eoq_magnitude(low, high);
}

static uint64_t magnitude64(const int64_t *g, size_t count) {
  int64_t low = 0, high = 0;
  for (size_t i = 0; i < count; i++) {
    low = g[i] < low ? g[i] : low;
    high = g[i] > high ? g[i] : high;
    EOQ_TALLY(EOQ_OP_COMPARE, 2);
  }
  return eoq_magnitude(low, high);
}

static inline uint32_t dithered(eoq_dither d, uint32_t bits) {
  return (bits & d.mask) | d.set;
}

static inline uint32_t dither(eoq_dither d, size_t element) {
  return dithered(d, eoq_random(d.key, (uint32_t)element));
}

/* Bits by which a power-of-two rate, whose mantissa is 2^7, leaves the decay of
 * 16-bit weights, steps of 2^4, above the lowest. */
enum { DECAY_DITHER = 11, RECIPE_MOMENTUM_SHIFT = 3 };

static inline int32_t clip(int32_t x, int32_t limit) {
  x = x > limit ? limit : x;
  return x < -limit ? -limit : x;
}

#define TALLY_GRADIENT() (EOQ_TALLY(EOQ_OP_RANDOM, 1), EOQ_TALLY_ROUND_RANDOM(1), EOQ_TALLY_CLIP(1))

static void gradient32(eoq_update u, const int32_t *restrict g, size_t from, size_t count, int8_t *restrict q) {
  for (size_t i = 0; i < count; i++) {
    const int32_t rounded = eoq_round_random(g[i], u.shift, dither(u.gradient_dither, from + i));
    q[i] = (int8_t)clip(rounded, u.gradient_limit);
    TALLY_GRADIENT();
  }
}

/* Sums this wide only lose bits that are 2^24 times finer than the rounding. */
static void gradient64(eoq_update u, const int64_t *restrict g, size_t from, size_t count, int8_t *restrict q) {
  const int32_t coarse = u.shift > 24 ? u.shift - 24 : 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = dither(u.gradient_dither, from + i);
    const int32_t rounded = eoq_round_random((int32_t)(g[i] >> coarse), u.shift - coarse, bits);
    q[i] = (int8_t)clip(rounded, u.gradient_limit);
    EOQ_TALLY(EOQ_OP_SHIFT, 1);
    TALLY_GRADIENT();
  }
}

/* v - v / 2^momentum_shift + rate * (q + decay * weight) within 24 bits; the
 * weight in momentum steps. A small decay rounded to nearest would be none, so
 * it is rounded stochastically, with the low bits of an element's random
 * number: the update uses the high ones. */
static inline int32_t momentum_of(eoq_update u, int32_t v, int32_t q, int32_t weight, uint32_t bits) {
  const int32_t scaled = (int32_t)((uint32_t)(q * u.mantissa) << u.left);
  const int32_t dropped = (int32_t)((bits << DECAY_DITHER) & ((1u << u.decay_right) - 1));
  const int32_t decay = u.decay_mantissa == 0 ? 0 : (weight * u.decay_mantissa + dropped) >> u.decay_right;
  v += eoq_round_shift(scaled, u.right) - eoq_round_shift(v, u.momentum_shift) + decay;
  EOQ_TALLY(EOQ_OP_INT8_MULTIPLY, 1);
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  EOQ_TALLY_ROUND_SHIFT(2);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
  EOQ_TALLY_CLIP(1);
  EOQ_TALLY(EOQ_OP_SHIFT, 3 * (u.decay_mantissa != 0)); /* of the weight, of the bits and of their sum */
  EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, u.decay_mantissa != 0);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2 * (u.decay_mantissa != 0));
  return clip(v, EOQ_MOMENTUM_LIMIT);
}

/* Largest update in steps that are 2^-fraction of a weight's. */
static inline int32_t update_limit(eoq_update u, int32_t fraction) {
  return (1 << (u.update_bits - 1 + fraction)) - 1;
}

/* The loops below are compiled for the recipe's rounding and momentum, with and
 * without decay, and once for any other: what is constant costs nothing. */
static inline eoq_update as_recipe(eoq_update u, int32_t decay_mantissa) {
  u.momentum_shift = RECIPE_MOMENTUM_SHIFT;
  u.decay_mantissa = decay_mantissa;
  u.update_dither = (eoq_dither){ .key = u.update_dither.key, .mask = ~0u };
  return u;
}

static inline int32_t is_recipe(eoq_update u) {
  return u.momentum_shift == RECIPE_MOMENTUM_SHIFT && u.update_dither.mask == ~0u && u.update_dither.set == 0;
}

#define SPECIALISED(loop, u, ...)                                                         \
  do {                                                                                    \
    if (!is_recipe(u)) loop(u, __VA_ARGS__);                                              \
    else if ((u).decay_mantissa == 0) loop(as_recipe(u, 0), __VA_ARGS__);                 \
    else loop(as_recipe(u, (u).decay_mantissa), __VA_ARGS__);                             \
  } while (0)

#define LOOP static inline __attribute__((always_inline)) void

LOOP loop8(eoq_update u, const int8_t *restrict q, size_t from, size_t count, int8_t *restrict weights,
           int32_t *restrict momentum) {
  const int32_t limit = update_limit(u, 0);
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = eoq_random(u.update_dither.key, (uint32_t)(from + i));
    momentum[i] = momentum_of(u, momentum[i], q[i], weights[i] * (1 << EOQ_MOMENTUM_FRACTION), bits);
    const int32_t rounded = eoq_round_random(momentum[i], EOQ_MOMENTUM_FRACTION, dithered(u.update_dither, bits));
    const int32_t step = clip(rounded, limit);
    weights[i] = (int8_t)clip(weights[i] - step, u.weight_limit);
    EOQ_TALLY(EOQ_OP_RANDOM, 1);
    EOQ_TALLY_ROUND_RANDOM(1);
    EOQ_TALLY(EOQ_OP_INT16_ADD, 1);
    EOQ_TALLY_CLIP(2);
  }
}

enum { FRACTION_16 = 8, FRACTION_24 = 16 };

/* What 16 and 24 stored bits have in common: the parts shifted twice, the update, its clip and the weight's. */
#define TALLY_STORED() \
  (EOQ_TALLY(EOQ_OP_SHIFT, 2), EOQ_TALLY(EOQ_OP_INT32_ADD, 1), EOQ_TALLY_ROUND_SHIFT(1), EOQ_TALLY_CLIP(2))

LOOP loop16(eoq_update u, const int8_t *restrict q, size_t from, size_t count, int8_t *restrict weights,
            int8_t *restrict fraction, int32_t *restrict momentum) {
  enum { FINER = EOQ_MOMENTUM_FRACTION - FRACTION_16 };
  const int32_t limit = update_limit(u, FRACTION_16), most = u.weight_limit << FRACTION_16;
  for (size_t i = 0; i < count; i++) {
    const int32_t old = weights[i] * (1 << FRACTION_16) + fraction[i];
    const uint32_t bits = eoq_random(u.update_dither.key, (uint32_t)(from + i));
    momentum[i] = momentum_of(u, momentum[i], q[i], old * (1 << FINER), bits);
    const int32_t step = eoq_round_random(momentum[i], FINER, dithered(u.update_dither, bits));
    const int32_t stored = clip(old - clip(step, limit), most);
    const int32_t weight = eoq_round_shift(stored, FRACTION_16);
    weights[i] = (int8_t)weight;
    fraction[i] = (int8_t)(stored - weight * (1 << FRACTION_16));
    EOQ_TALLY(EOQ_OP_RANDOM, 1);
    EOQ_TALLY_ROUND_RANDOM(1);
    EOQ_TALLY(EOQ_OP_INT16_ADD, 2); /* of the two parts of a weight, and to part them again */
    TALLY_STORED();
  }
}

/* Steps of 24-bit weights are finer than those of the momentum, so nothing is rounded. */
LOOP loop24(eoq_update u, const int8_t *restrict q, size_t from, size_t count, int8_t *restrict weights,
            int16_t *restrict fraction, int32_t *restrict momentum) {
  enum { COARSER = FRACTION_24 - EOQ_MOMENTUM_FRACTION };
  const int32_t limit = update_limit(u, FRACTION_24), most = u.weight_limit << FRACTION_24;
  for (size_t i = 0; i < count; i++) {
    const int32_t old = weights[i] * (1 << FRACTION_24) + fraction[i];
    const uint32_t bits = eoq_random(u.update_dither.key, (uint32_t)(from + i));
    momentum[i] = momentum_of(u, momentum[i], q[i], old >> COARSER, bits);
    const int32_t stored = clip(old - clip(momentum[i] * (1 << COARSER), limit), most);
    const int32_t weight = eoq_round_shift(stored, FRACTION_24);
    weights[i] = (int8_t)weight;
    fraction[i] = (int16_t)(stored - weight * (1 << FRACTION_24));
    EOQ_TALLY(EOQ_OP_RANDOM, u.decay_mantissa != 0); /* nothing else needs the bits */
    EOQ_TALLY(EOQ_OP_SHIFT, 1);                      /* of the momentum */
    EOQ_TALLY(EOQ_OP_INT32_ADD, 2);                  /* as above, in 24 bits */
    TALLY_STORED();
  }
}

static void update8(eoq_update u, const int8_t *q, size_t from, size_t count, int8_t *weights, int32_t *momentum) {
  SPECIALISED(loop8, u, q, from, count, weights, momentum);
}

static void update16(eoq_update u, const int8_t *q, size_t from, size_t count, int8_t *weights, int8_t *fraction,
                     int32_t *momentum) {
  SPECIALISED(loop16, u, q, from, count, weights, fraction, momentum);
}

static void update24(eoq_update u, const int8_t *q, size_t from, size_t count, int8_t *weights, int16_t *fraction,
                     int32_t *momentum) {
  SPECIALISED(loop24, u, q, from, count, weights, fraction, momentum);
}
