/* weight_update.h: the update of one weight from its int8 gradient, wherever it
 * is computed: the kernels loop over it, and a device that has no int32 tensor
 * of gradients calls it as they arise. */
#ifndef EOQ_INT8_WEIGHT_UPDATE_H
#define EOQ_INT8_WEIGHT_UPDATE_H

#include "number.h"
#include "random.h"
#include "tally.h"

/* A learning rate: mantissa * 2^exponent. */
typedef struct {
  int32_t mantissa, exponent;
} eoq_rate;

/* Which of the 16 random bits of a rounding count, and those set besides: none
 * and half a step where it is to nearest. */
typedef struct {
  uint32_t mask, set;
} eoq_dither;

/* A weight update. */
typedef struct {
  int32_t shift, gradient_limit; /* right shift and clip that make a gradient int8 */
  int32_t mantissa, left, right; /* q * mantissa << left >> right are momentum steps; left or right is 0 */
  int32_t momentum_shift, feedback, nesterov;
  int32_t decay_mantissa, decay_right; /* weight in momentum steps * mantissa >> right, too; right is at least 4 */
  int32_t update_bits, weight_limit;
  eoq_random_key key;
  eoq_dither gradient_dither, update_dither; /* of the high and the low half of an element's random bits */
} eoq_update;

/* A normalised rate's mantissa is in 128..255, and 127 * 255 << EOQ_MOST_LEFT fits
 * int32; a gradient of 1 then passes the momentum's limit. After EOQ_MOST_RIGHT
 * nothing is left. A decay of 127 << 12 times the mantissa, 4 bits dropped, fits
 * beside it, and before them 30 random bits beside it. */
enum {
  EOQ_LEAST_MANTISSA = 128,
  EOQ_MOST_LEFT = 16,
  EOQ_MOST_RIGHT = 17,
  EOQ_LEAST_DECAY_RIGHT = 4,
  EOQ_MOST_DECAY_RIGHT = 30,
};

static inline int32_t eoq_between(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : x > high ? high : x;
}

/* Sets what follows from the rate. `lift` makes the steps of an int8 gradient
 * those of the momentum, which are 2^finer times finer than
 * EOQ_MOMENTUM_FRACTION says. */
static inline void eoq_update_set_rate(eoq_update *u, eoq_rate rate, int32_t lift, int32_t finer, int32_t decay) {
  for (; rate.mantissa < EOQ_LEAST_MANTISSA; rate.mantissa *= 2) rate.exponent--;
  u->mantissa = rate.mantissa;
  u->left = eoq_between(rate.exponent + lift + finer, 0, EOQ_MOST_LEFT);
  u->right = eoq_between(-rate.exponent - lift - finer, 0, EOQ_MOST_RIGHT);
  const int32_t right = decay - rate.exponent - finer;
  u->decay_mantissa = decay == 0 ? 0 : rate.mantissa >> eoq_between(right - EOQ_MOST_DECAY_RIGHT, 0, 8);
  u->decay_right = eoq_between(right, EOQ_LEAST_DECAY_RIGHT, EOQ_MOST_DECAY_RIGHT);
}

static inline eoq_dither eoq_dither_of(int32_t nearest) {
  return (eoq_dither){ .mask = nearest ? 0 : UINT16_MAX, .set = nearest ? 1u << 15 : 0 };
}

/* Of an element's random bits the high half rounds its gradient and its decay,
 * the low half its update: what is rounded later must not know the bits that
 * what it follows from was rounded with. */
enum { EOQ_HALF = 16, EOQ_HALF_MASK = (1 << EOQ_HALF) - 1 };

static inline uint32_t eoq_dithered(eoq_dither d, uint32_t half) {
  return (half & d.mask) | d.set;
}

static inline int32_t eoq_clip(int32_t x, int32_t limit) {
#if defined(__ARM_FEATURE_SAT)
  /* One instruction for both sides, but for the one number that its range has more. */
  if (__builtin_constant_p(limit) && limit == INT8_MAX) x = (int32_t)__builtin_arm_ssat(x, 8);
  else if (__builtin_constant_p(limit) && limit == INT16_MAX) x = (int32_t)__builtin_arm_ssat(x, 16);
  else if (__builtin_constant_p(limit) && limit == EOQ_MOMENTUM_LIMIT) x = (int32_t)__builtin_arm_ssat(x, 24);
  else
#endif
    x = x > limit ? limit : x;
  return x < -limit ? -limit : x;
}

/* rate * (q + decay * weight), the weight in momentum steps. A small decay
 * rounded to nearest would be none, so it is rounded stochastically. */
static inline int32_t eoq_force_of(eoq_update u, int32_t q, int32_t weight, uint32_t bits) {
  const int32_t scaled = eoq_round_shift((int32_t)((uint32_t)(q * u.mantissa) << u.left), u.right);
  EOQ_TALLY(EOQ_OP_INT8_MULTIPLY, 1);
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  EOQ_TALLY_ROUND_SHIFT(1);
  if (u.decay_mantissa == 0) return scaled;
  const int32_t dropped = (int32_t)((bits >> EOQ_HALF) << 15 >> (31 - u.decay_right));
  EOQ_TALLY(EOQ_OP_SHIFT, 4); /* of the weight, twice of the bits, and of their sum */
  EOQ_TALLY(EOQ_OP_INT32_MULTIPLY, 1);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
  return scaled + ((weight * u.decay_mantissa + dropped) >> u.decay_right);
}

/* v - v / 2^momentum_shift + force within 24 bits. */
static inline int32_t eoq_momentum_of(eoq_update u, int32_t v, int32_t force) {
  EOQ_TALLY_ROUND_SHIFT(1);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
  EOQ_TALLY_CLIP(1);
  return eoq_clip(v + force - eoq_round_shift(v, u.momentum_shift), EOQ_MOMENTUM_LIMIT);
}

/* What a step takes, with a momentum that the force is a part of already: that,
 * or Nesterov's, force + (1 - 2^-momentum_shift) * v (Sutskever et al., ICML
 * 2013, in the form that gradients are taken where the weights are). */
static inline int32_t eoq_due_of(eoq_update u, int32_t v, int32_t force) {
  if (!u.nesterov) return v;
  EOQ_TALLY_CLIP(1);
  EOQ_TALLY_ROUND_SHIFT(1);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
  return eoq_clip(force, EOQ_MOMENTUM_LIMIT) + v - eoq_round_shift(v, u.momentum_shift);
}

/* The same of a momentum that has no leak, 2^momentum_shift times as large:
 * below, v has each force f added as F = f / (1 - m), m = 1 - 2^-momentum_shift,
 * and each step taken off it, so behind a step it is what the steps to come add
 * up to. With heavy ball's velocity a' = m * a + f, which is the step, that is
 * a' * (m + m^2 + ...) = m * a' / (1 - m), so a' = (1 - m) * (v + F). Nesterov's
 * step is f + m * a'; then it is m * a' * (m + m^2 + ...) = m^2 * a' / (1 - m), so
 * m * (m * a) = (1 - m) * v, and the step m * (m * a) + f + m * f is
 * (1 - m) * (v + F + m * F): the force counts once more, less its decay. */
static inline int32_t eoq_due_of_feedback(eoq_update u, int32_t v, int32_t force) {
  if (!u.nesterov) return v;
  const int32_t clipped = eoq_clip(force, EOQ_MOMENTUM_LIMIT);
  EOQ_TALLY_CLIP(1);
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
  return v + clipped - (clipped >> u.momentum_shift);
}

/* What of a momentum is kept in 16 bits, rounded stochastically: to nearest, what is small would neither grow nor leak.
 * `bits` are the lowest of those that round the update, which have next to no say in it. */
static inline int16_t eoq_narrow_momentum(int32_t v, uint32_t bits) {
  const int32_t dither = (int32_t)(bits & ((1u << EOQ_MOMENTUM_DROPPED) - 1));
  EOQ_TALLY(EOQ_OP_INT32_ADD, 1);
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  EOQ_TALLY_CLIP(1);
  return (int16_t)eoq_clip((v + dither) >> EOQ_MOMENTUM_DROPPED, INT16_MAX);
}

static inline int32_t eoq_wide_momentum(int16_t kept) {
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  return kept * (1 << EOQ_MOMENTUM_DROPPED);
}

/* Largest update in steps that are 2^-fraction of a weight's. */
static inline int32_t eoq_update_limit(eoq_update u, int32_t fraction) {
  return (1 << (u.update_bits - 1 + fraction)) - 1;
}

/* Moves a weight of 8 stored bits and its momentum by a force, with the element's random bits. */
static inline void eoq_update_weight(eoq_update u, int32_t force, uint32_t bits, int8_t *weight, int32_t *momentum) {
  const int32_t v = eoq_momentum_of(u, *momentum, force);
  *momentum = v;
  const int32_t due = eoq_due_of(u, v, force);
  const uint32_t fraction = eoq_dithered(u.update_dither, bits & EOQ_HALF_MASK);
  const int32_t step =
    eoq_clip(eoq_round_fraction_within(due, EOQ_MOMENTUM_FRACTION, fraction), eoq_update_limit(u, 0));
  *weight = (int8_t)eoq_clip(*weight - step, u.weight_limit);
  EOQ_TALLY_ROUND_RANDOM(1);
  EOQ_TALLY(EOQ_OP_INT16_ADD, 1);
  EOQ_TALLY_CLIP(2);
}

/* The same with error feedback (Seide et al., Interspeech 2014, section 3): the
 * momentum, in steps 2^momentum_shift times finer, has no leak; what a step takes
 * off the weight is taken off it. In the mean that is a 2^-momentum_shift of it,
 * so momentum and step are as without, but weights and momentum together move by
 * gradients alone, and roundings of the update do not add up. */
static inline void eoq_update_weight_feedback(eoq_update u, int32_t force, uint32_t bits, int8_t *weight,
                                              int32_t *momentum) {
  const int32_t v = eoq_clip(*momentum + force, EOQ_MOMENTUM_LIMIT);
  const int32_t due = eoq_due_of_feedback(u, v, force);
  const int32_t below = EOQ_MOMENTUM_FRACTION + u.momentum_shift;
  const uint32_t fraction = eoq_dithered(u.update_dither, bits & EOQ_HALF_MASK);
  const int32_t step = eoq_clip(eoq_round_fraction_within(due, below, fraction), eoq_update_limit(u, 0));
  *momentum = v - step * (1 << EOQ_MOMENTUM_FRACTION);
  *weight = (int8_t)eoq_clip(*weight - step, u.weight_limit);
  EOQ_TALLY_ROUND_RANDOM(1);
  EOQ_TALLY(EOQ_OP_SHIFT, 1);
  EOQ_TALLY(EOQ_OP_INT32_ADD, 2);
  EOQ_TALLY(EOQ_OP_INT16_ADD, 1);
  EOQ_TALLY_CLIP(3);
}

#endif
