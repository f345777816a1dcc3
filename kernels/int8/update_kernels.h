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

/* Of an element's random bits the high half rounds its gradient and its decay,
 * the low half its update: what is rounded later must not know the bits that
 * what it follows from was rounded with. */
enum { HALF = 16, HALF_MASK = (1 << HALF) - 1, RECIPE_MOMENTUM_SHIFT = 3 };

static inline uint32_t bits_of(eoq_update u, size_t element) {
  EOQ_TALLY(EOQ_OP_RANDOM, 1);
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  return eoq_random(u.key, (uint32_t)element);
}

static inline uint32_t dithered(eoq_dither d, uint32_t half) {
  return (half & d.mask) | d.set;
}

static inline int32_t clip(int32_t x, int32_t limit) {
  x = x > limit ? limit : x;
  return x < -limit ? -limit : x;
}

/* The int8 gradient of an element of the tensors. */
static inline int32_t gradient_of(eoq_update u, eoq_update_tensors t, size_t i, uint32_t bits) {
  const uint32_t fraction = dithered(u.gradient_dither, bits >> HALF);
  EOQ_TALLY_CLIP(1);
  if (t.narrow != NULL) {
    EOQ_TALLY_ROUND_RANDOM(1);
    return clip(eoq_round_fraction(t.narrow[i], u.shift, fraction), u.gradient_limit);
  }
  EOQ_TALLY_ROUND_RANDOM64(1);
  return (int32_t)eoq_clamp64(eoq_round_fraction64(t.wide[i], u.shift, fraction), u.gradient_limit);
}

/* rate * (q + decay * weight), the weight in momentum steps. A small decay
 * rounded to nearest would be none, so it is rounded stochastically. */
static inline int32_t force_of(eoq_update u, int32_t q, int32_t weight, uint32_t bits) {
  const int32_t scaled = eoq_round_shift((int32_t)((uint32_t)(q * u.mantissa) << u.left), u.right);
  EOQ_TALLY(EOQ_OP_INT8_MULTIPLY, 1);
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  EOQ_TALLY_ROUND_SHIFT(1);
  if (u.decay_mantissa == 0) return scaled;
  const int32_t dropped = (int32_t)((bits >> HALF) << 15 >> (31 - u.decay_right));
  EOQ_TALLY(EOQ_OP_SHIFT, 4); /* of the weight, twice of the bits, and of their sum */
  EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
  return scaled + ((weight * u.decay_mantissa + dropped) >> u.decay_right);
}

/* v - v / 2^momentum_shift + force within 24 bits. */
static inline int32_t momentum_of(eoq_update u, int32_t v, int32_t force) {
  EOQ_TALLY_ROUND_SHIFT(1);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
  EOQ_TALLY_CLIP(1);
  return clip(v + force - eoq_round_shift(v, u.momentum_shift), EOQ_MOMENTUM_LIMIT);
}

/* Largest update in steps that are 2^-fraction of a weight's. */
static inline int32_t update_limit(eoq_update u, int32_t fraction) {
  return (1 << (u.update_bits - 1 + fraction)) - 1;
}

#define LOOP static inline __attribute__((always_inline)) void

LOOP loop8(eoq_update u, eoq_update_tensors t, size_t from, size_t count) {
  const int32_t limit = update_limit(u, 0);
  int8_t *restrict weights = t.weights;
  int32_t *restrict momentum = t.momentum;
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = bits_of(u, from + i);
    const int32_t force = force_of(u, gradient_of(u, t, i, bits), weights[i] * (1 << EOQ_MOMENTUM_FRACTION), bits);
    momentum[i] = momentum_of(u, momentum[i], force);
    const uint32_t fraction = dithered(u.update_dither, bits & HALF_MASK);
    const int32_t step = clip(eoq_round_fraction(momentum[i], EOQ_MOMENTUM_FRACTION, fraction), limit);
    weights[i] = (int8_t)clip(weights[i] - step, u.weight_limit);
    EOQ_TALLY_ROUND_RANDOM(1);
    EOQ_TALLY(EOQ_OP_INT16_ADD, 1);
    EOQ_TALLY_CLIP(2);
  }
}

/* Error feedback (Seide et al., Interspeech 2014, section 3): the momentum, in
 * steps 2^momentum_shift times finer, has no leak; what a step takes off the
 * weight is taken off it. In the mean that is a 2^-momentum_shift of it, so
 * momentum and step are as without, but weights and momentum together move by
 * gradients alone, and roundings of the update do not add up. */
LOOP loop8_feedback(eoq_update u, eoq_update_tensors t, size_t from, size_t count) {
  const int32_t limit = update_limit(u, 0), below = EOQ_MOMENTUM_FRACTION + u.momentum_shift;
  int8_t *restrict weights = t.weights;
  int32_t *restrict momentum = t.momentum;
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = bits_of(u, from + i);
    const int32_t force = force_of(u, gradient_of(u, t, i, bits), weights[i] * (1 << EOQ_MOMENTUM_FRACTION), bits);
    const int32_t v = clip(momentum[i] + force, EOQ_MOMENTUM_LIMIT);
    const int32_t step = clip(eoq_round_fraction(v, below, dithered(u.update_dither, bits & HALF_MASK)), limit);
    momentum[i] = v - step * (1 << EOQ_MOMENTUM_FRACTION);
    weights[i] = (int8_t)clip(weights[i] - step, u.weight_limit);
    EOQ_TALLY_ROUND_RANDOM(1);
    EOQ_TALLY(EOQ_OP_SHIFT, 1);
    EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
    EOQ_TALLY(EOQ_OP_INT16_ADD, 1);
    EOQ_TALLY_CLIP(3);
  }
}

enum { FRACTION_16 = 8, FRACTION_24 = 16 };

/* What 16 and 24 stored bits have in common: the parts shifted twice, the update, its clip and the weight's. */
static inline void tally_stored(void) {
  EOQ_TALLY(EOQ_OP_SHIFT, 2);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
  EOQ_TALLY_ROUND_SHIFT(1);
  EOQ_TALLY_CLIP(2);
}

LOOP loop16(eoq_update u, eoq_update_tensors t, size_t from, size_t count) {
  enum { FINER = EOQ_MOMENTUM_FRACTION - FRACTION_16 };
  const int32_t limit = update_limit(u, FRACTION_16), most = u.weight_limit << FRACTION_16;
  int8_t *restrict weights = t.weights, *restrict below = t.fraction8;
  int32_t *restrict momentum = t.momentum;
  for (size_t i = 0; i < count; i++) {
    const int32_t old = weights[i] * (1 << FRACTION_16) + below[i];
    const uint32_t bits = bits_of(u, from + i);
    const int32_t force = force_of(u, gradient_of(u, t, i, bits), old * (1 << FINER), bits);
    momentum[i] = momentum_of(u, momentum[i], force);
    const int32_t step = eoq_round_fraction(momentum[i], FINER, dithered(u.update_dither, bits & HALF_MASK));
    const int32_t stored = clip(old - clip(step, limit), most);
    const int32_t weight = eoq_round_shift(stored, FRACTION_16);
    weights[i] = (int8_t)weight;
    below[i] = (int8_t)(stored - weight * (1 << FRACTION_16));
    EOQ_TALLY_ROUND_RANDOM(1);
    EOQ_TALLY(EOQ_OP_INT16_ADD, 2); /* of the two parts of a weight, and to part them again */
    tally_stored();
  }
}

/* Steps of 24-bit weights are finer than those of the momentum, so the update is not rounded. */
LOOP loop24(eoq_update u, eoq_update_tensors t, size_t from, size_t count) {
  enum { COARSER = FRACTION_24 - EOQ_MOMENTUM_FRACTION };
  const int32_t limit = update_limit(u, FRACTION_24), most = u.weight_limit << FRACTION_24;
  int8_t *restrict weights = t.weights;
  int16_t *restrict below = t.fraction16;
  int32_t *restrict momentum = t.momentum;
  for (size_t i = 0; i < count; i++) {
    const int32_t old = weights[i] * (1 << FRACTION_24) + below[i];
    const uint32_t bits = bits_of(u, from + i);
    momentum[i] = momentum_of(u, momentum[i], force_of(u, gradient_of(u, t, i, bits), old >> COARSER, bits));
    const int32_t stored = clip(old - clip(momentum[i] * (1 << COARSER), limit), most);
    const int32_t weight = eoq_round_shift(stored, FRACTION_24);
    weights[i] = (int8_t)weight;
    below[i] = (int16_t)(stored - weight * (1 << FRACTION_24));
    EOQ_TALLY(EOQ_OP_SHIFT, 1);     /* of the momentum */
    EOQ_TALLY(EOQ_OP_INT32_ADD, 2); /* as above, in 24 bits */
    tally_stored();
  }
}

/* The loops are compiled for int32 gradients with the recipe's rounding and
 * momentum, with and without decay, and once for any other: what is constant
 * costs nothing. */
static inline int32_t is_recipe(eoq_update u, eoq_update_tensors t) {
  return t.narrow != NULL && u.momentum_shift == RECIPE_MOMENTUM_SHIFT && u.gradient_dither.mask == HALF_MASK &&
         u.gradient_dither.set == 0 && u.update_dither.mask == HALF_MASK && u.update_dither.set == 0;
}

static inline eoq_update as_recipe(eoq_update u, int32_t decay_mantissa) {
  u.momentum_shift = RECIPE_MOMENTUM_SHIFT;
  u.decay_mantissa = decay_mantissa;
  u.gradient_dither = u.update_dither = (eoq_dither){ .mask = HALF_MASK };
  return u;
}

static inline eoq_update_tensors as_narrow(eoq_update_tensors t) {
  t.wide = NULL;
  if (t.narrow == NULL) __builtin_unreachable();
  return t;
}

#define SPECIALISED(loop, u, t, from, count)                                            \
  do {                                                                                  \
    if (!is_recipe(u, t)) loop(u, t, from, count);                                      \
    else if ((u).decay_mantissa == 0) loop(as_recipe(u, 0), as_narrow(t), from, count); \
    else loop(as_recipe(u, (u).decay_mantissa), as_narrow(t), from, count);             \
  } while (0)

static void update(eoq_update u, eoq_update_tensors t, size_t from, size_t count) {
  if (t.fraction16 != NULL) SPECIALISED(loop24, u, t, from, count);
  else if (t.fraction8 != NULL) SPECIALISED(loop16, u, t, from, count);
  else if (u.feedback) SPECIALISED(loop8_feedback, u, t, from, count);
  else SPECIALISED(loop8, u, t, from, count);
}
