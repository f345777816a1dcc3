/* update_simd128.h: the update of weights (int8/weight_update.h) 16 at a time,
 * with the vectors of WebAssembly. */
#ifndef EOQ_DEVICE_UPDATE_SIMD128_H
#define EOQ_DEVICE_UPDATE_SIMD128_H

#include <wasm_simd128.h>

#include "../int8/weight_update.h"
#include "device.h"
#include "elements_simd128.h"

enum { EOQ_MOVED = 16 };

/* Momentum of the four groups of weights of a block: 12 bytes each, of which the last are read with what is before. */
enum { EOQ_GROUPS = 4, EOQ_GROUP = 4, EOQ_GROUP_BYTES = 12, EOQ_LAST_GROUP = 32 };

/* eoq_random of elements from `element` on. */
static inline v128_t eoq_random_lanes(eoq_random_key key, uint32_t element) {
  v128_t x = wasm_i32x4_add(wasm_i32x4_splat((int32_t)(element + key.first)), wasm_i32x4_const(0, 1, 2, 3));
  x = wasm_v128_xor(x, wasm_u32x4_shr(x, 16));
  x = wasm_i32x4_mul(x, wasm_i32x4_splat(0x7feb352d));
  x = wasm_v128_xor(x, wasm_u32x4_shr(x, 15));
  x = wasm_i32x4_add(x, wasm_i32x4_splat((int32_t)key.second));
  x = wasm_i32x4_mul(x, wasm_i32x4_splat((int32_t)0x846ca68bu));
  return wasm_v128_xor(x, wasm_u32x4_shr(x, 16));
}

static inline v128_t eoq_clip_lanes(v128_t x, int32_t limit) {
  return wasm_i32x4_max(wasm_i32x4_min(x, wasm_i32x4_splat(limit)), wasm_i32x4_splat(-limit));
}

/* eoq_round_fraction_within of the dithered halves of random bits. */
static inline v128_t eoq_round_lanes(v128_t x, int32_t shift, eoq_dither d, v128_t half) {
  const v128_t u =
    wasm_v128_or(wasm_v128_and(half, wasm_i32x4_splat((int32_t)d.mask)), wasm_i32x4_splat((int32_t)d.set));
  const v128_t fraction = eoq_bits_shifted_right(wasm_i32x4_shl(u, 15), 31 - shift);
  return eoq_shifted_right(wasm_i32x4_add(x, fraction), shift);
}

static inline v128_t eoq_round_shift_lanes(v128_t x, int32_t shift) {
  return eoq_shifted_right(wasm_i32x4_add(x, wasm_i32x4_splat((1 << shift) >> 1)), shift);
}

/* eoq_force_of the gradients less their mean. */
static inline v128_t eoq_forces(eoq_update u, v128_t gradients, v128_t weights, v128_t bits) {
  const v128_t high = wasm_u32x4_shr(bits, EOQ_HALF);
  const v128_t q = eoq_clip_lanes(eoq_round_lanes(gradients, u.shift, u.gradient_dither, high), u.gradient_limit);
  const v128_t force = eoq_round_shift_lanes(wasm_i32x4_mul(q, wasm_i32x4_splat(u.mantissa)), u.right);
  if (u.decay_mantissa == 0) return force;
  const v128_t steps =
    wasm_i32x4_mul(wasm_i32x4_shl(weights, EOQ_MOMENTUM_FRACTION), wasm_i32x4_splat(u.decay_mantissa));
  const v128_t dropped = eoq_bits_shifted_right(wasm_i32x4_shl(high, 15), 31 - u.decay_right);
  return wasm_i32x4_add(force, eoq_shifted_right(wasm_i32x4_add(steps, dropped), u.decay_right));
}

/* eoq_due_of_feedback and eoq_due_of where momentum is Nesterov's. */
static inline v128_t eoq_due_lanes(eoq_update u, v128_t forces, v128_t moved) {
  const v128_t clipped = eoq_clip_lanes(forces, EOQ_MOMENTUM_LIMIT), sum = wasm_i32x4_add(moved, clipped);
  return wasm_i32x4_sub(sum, EOQ_FEEDBACK ? eoq_shifted_right(clipped, u.momentum_shift)
                                          : eoq_round_shift_lanes(moved, u.momentum_shift));
}

/* Steps of weights, whose momentum *v moves by forces, as eoq_update_weight_feedback and eoq_update_weight say. */
static inline v128_t eoq_steps(eoq_update u, v128_t forces, v128_t bits, v128_t *v) {
  const v128_t old = EOQ_FEEDBACK ? *v : wasm_i32x4_sub(*v, eoq_round_shift_lanes(*v, u.momentum_shift));
  const v128_t moved = eoq_clip_lanes(wasm_i32x4_add(old, forces), EOQ_MOMENTUM_LIMIT);
  const v128_t low = wasm_v128_and(bits, wasm_i32x4_splat(EOQ_HALF_MASK));
  const int32_t below = EOQ_MOMENTUM_FRACTION + (EOQ_FEEDBACK ? u.momentum_shift : 0);
  const v128_t due = EOQ_NESTEROV ? eoq_due_lanes(u, forces, moved) : moved;
  const v128_t step = eoq_clip_lanes(eoq_round_lanes(due, below, u.update_dither, low), eoq_update_limit(u, 0));
  *v = EOQ_FEEDBACK ? wasm_i32x4_sub(moved, wasm_i32x4_shl(step, EOQ_MOMENTUM_FRACTION)) : moved;
  return step;
}

/* 16 momenta of 24 bits, packed. */
static inline void eoq_load_momenta(const uint8_t *from, v128_t *v) {
  const v128_t places = wasm_i8x16_const(-128, 0, 1, 2, -128, 3, 4, 5, -128, 6, 7, 8, -128, 9, 10, 11);
  const v128_t last = wasm_i8x16_const(-128, 4, 5, 6, -128, 7, 8, 9, -128, 10, 11, 12, -128, 13, 14, 15);
  for (int32_t i = 0; i < EOQ_GROUPS; i++) {
    const int32_t at = i + 1 < EOQ_GROUPS ? EOQ_GROUP_BYTES * i : EOQ_LAST_GROUP;
    v[i] = wasm_i32x4_shr(wasm_i8x16_swizzle(wasm_v128_load(from + at), i + 1 < EOQ_GROUPS ? places : last), 8);
  }
}

static inline void eoq_save_momenta(uint8_t *to, const v128_t *v) {
  const v128_t a = wasm_v128_or(
    wasm_i8x16_swizzle(v[0], wasm_i8x16_const(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -128, -128, -128, -128)),
    wasm_i8x16_swizzle(
      v[1], wasm_i8x16_const(-128, -128, -128, -128, -128, -128, -128, -128, -128, -128, -128, -128, 0, 1, 2, 4)));
  const v128_t b = wasm_v128_or(
    wasm_i8x16_swizzle(v[1],
                       wasm_i8x16_const(5, 6, 8, 9, 10, 12, 13, 14, -128, -128, -128, -128, -128, -128, -128, -128)),
    wasm_i8x16_swizzle(v[2], wasm_i8x16_const(-128, -128, -128, -128, -128, -128, -128, -128, 0, 1, 2, 4, 5, 6, 8, 9)));
  const v128_t c = wasm_v128_or(
    wasm_i8x16_swizzle(
      v[2], wasm_i8x16_const(10, 12, 13, 14, -128, -128, -128, -128, -128, -128, -128, -128, -128, -128, -128, -128)),
    wasm_i8x16_swizzle(v[3], wasm_i8x16_const(-128, -128, -128, -128, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14)));
  wasm_v128_store(to, a);
  wasm_v128_store(to + EOQ_MOVED, b);
  wasm_v128_store(to + 2 * EOQ_MOVED, c);
}

/* Moves as many of `count` weights as vectors can, the layer's from `element` on, by gradients less their mean. */
static int32_t eoq_apply_blocks(eoq_update u, const int32_t *g, int32_t mean, int32_t count, int32_t element,
                                const eoq_learnt *w) {
  if (EOQ_MOMENTUM_BYTES != 3) return 0;
  int32_t i = 0;
  for (; i + EOQ_MOVED <= count; i += EOQ_MOVED) {
    int8_t *weights = w->weights + element + i;
    uint8_t *momentum = w->momentum + (element + i) * EOQ_MOMENTUM_BYTES;
    v128_t x[EOQ_GROUPS], v[EOQ_GROUPS];
    eoq_widened(wasm_v128_load(weights), x);
    eoq_load_momenta(momentum, v);
    for (int32_t j = 0; j < EOQ_GROUPS; j++) {
      const v128_t bits = eoq_random_lanes(u.key, (uint32_t)(element + i + EOQ_GROUP * j));
      const v128_t own = wasm_i32x4_sub(wasm_v128_load(g + i + EOQ_GROUP * j), wasm_i32x4_splat(mean));
      x[j] =
        eoq_clip_lanes(wasm_i32x4_sub(x[j], eoq_steps(u, eoq_forces(u, own, x[j], bits), bits, &v[j])), u.weight_limit);
    }
    const v128_t low = wasm_i16x8_narrow_i32x4(x[0], x[1]), high = wasm_i16x8_narrow_i32x4(x[2], x[3]);
    wasm_v128_store(weights, wasm_i8x16_narrow_i16x8(low, high));
    eoq_save_momenta(momentum, v);
  }
  return i;
}

#endif
