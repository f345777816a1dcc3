/* learn.h: the gradients of a convolution's weights, applied as they arise: no
 * tensor holds them. Their largest magnitude decides how they are quantized, so
 * they are computed once to be measured and, where there is no room to keep them,
 * once more. */
#ifndef EOQ_DEVICE_LEARN_H
#define EOQ_DEVICE_LEARN_H

#include "../int8/centring.h"
#include "../int8/scalar_update.h"
#include "../int8/weight_update.h"
#include "keep.h"
#include "products.h"

/* 24 bits, packed, of which a byte more can be read; or 16. */
static inline int32_t eoq_momentum_at(const uint8_t *v) {
#if EOQ_MOMENTUM_BYTES == 0
  (void)v;
  return 0;
#elif EOQ_MOMENTUM_BYTES == 2
  int16_t kept;
  memcpy(&kept, v, sizeof kept);
  return eoq_wide_momentum(kept);
#elif defined(__ARM_FEATURE_UNALIGNED)
  uint32_t word;
  memcpy(&word, v, sizeof word);
  return (int32_t)(word << 8) >> 8;
#else
  return (int32_t)((uint32_t)v[0] << 8 | (uint32_t)v[1] << 16 | (uint32_t)v[2] << 24) >> 8;
#endif
}

/* `bits` are those that rounded the update. */
static inline void eoq_set_momentum(uint8_t *v, int32_t x, uint32_t bits) {
#if EOQ_MOMENTUM_BYTES != 2
  (void)bits;
#endif
#if EOQ_MOMENTUM_BYTES == 0
  (void)v;
  (void)x;
#elif EOQ_MOMENTUM_BYTES == 2
  const int16_t kept = eoq_narrow_momentum(x, bits);
  memcpy(v, &kept, sizeof kept);
#elif defined(__ARM_FEATURE_UNALIGNED)
  const uint16_t low = (uint16_t)x;
  memcpy(v, &low, sizeof low);
  v[2] = (uint8_t)(x >> 16);
#else
  v[0] = (uint8_t)x;
  v[1] = (uint8_t)(x >> 8);
  v[2] = (uint8_t)(x >> 16);
#endif
}

/* What the gradients of one output are measured as. */
typedef struct {
  int64_t sum;
  int32_t low, high;
} eoq_gradient_range;

static eoq_gradient_range eoq_range_of(const int32_t *g, int32_t count) {
  eoq_gradient_range r = { 0, g[0], g[0] };
  int32_t i = 0;
#if defined(__wasm_simd128__)
  i = eoq_measure_blocks(g, count, &r.low, &r.high, &r.sum);
#endif
  for (; i < count; i++) {
    r.sum += g[i];
    r.low = g[i] < r.low ? g[i] : r.low;
    r.high = g[i] > r.high ? g[i] : r.high;
  }
  return r;
}

/* The same of a dense layer's, products of one error and the inputs. */
static eoq_gradient_range eoq_range_of_products(eoq_gradient_range x, int32_t e) {
  const int32_t a = x.low * e, b = x.high * e;
  return (eoq_gradient_range){ x.sum * e, a < b ? a : b, a < b ? b : a };
}

static eoq_gradient_range eoq_range_of_inputs(const int8_t *x, int32_t count) {
  eoq_gradient_range r = { 0, x[0], x[0] };
  for (int32_t i = 0; i < count; i++) {
    r.sum += x[i];
    r.low = x[i] < r.low ? x[i] : r.low;
    r.high = x[i] > r.high ? x[i] : r.high;
  }
  return r;
}

static int32_t eoq_mean_of(eoq_gradient_range r, int32_t reciprocal) {
  return EOQ_CENTRED ? (int32_t)eoq_mean(r.sum, reciprocal) : 0;
}

/* The larger of a magnitude and those of gradients less their mean. */
static uint64_t eoq_measure(uint64_t m, eoq_gradient_range r, int32_t mean) {
  const int32_t low = r.low - mean, high = r.high - mean;
  const uint64_t own = eoq_magnitude(low < 0 ? low : 0, high > 0 ? high : 0);
  return own > m ? own : m;
}

/* What the recipe fixes of an update costs nothing; one product has both factors. */
static inline eoq_update eoq_by_recipe(const eoq_update *by) {
  return (eoq_update){ .shift = by->shift,
                       .gradient_limit = eoq_limit(EOQ_GRADIENT_BITS),
                       .mantissa = by->mantissa << by->left,
                       .left = 0,
                       .right = by->right,
                       .momentum_shift = EOQ_MOMENTUM_SHIFT,
                       .nesterov = EOQ_NESTEROV,
                       .decay_mantissa = EOQ_DECAY == 0 ? 0 : by->decay_mantissa,
                       .decay_right = by->decay_right,
                       .update_bits = EOQ_UPDATE_BITS,
                       .weight_limit = eoq_limit(EOQ_WEIGHT_BITS),
                       .key = by->key,
                       .gradient_dither = eoq_dither_of(EOQ_GRADIENT_NEAREST),
                       .update_dither = eoq_dither_of(EOQ_UPDATE_NEAREST) };
}

/* Gradients less their mean become forces on weights, the layer's from `element` on; `low` gets the random bits that
 * are left. */
static void eoq_make_forces(const eoq_update *by, int32_t *g, int32_t mean, int32_t count, uint32_t element,
                            const int8_t *weights, uint16_t *low) {
  const eoq_update u = eoq_by_recipe(by);
  for (int32_t i = 0; i < count; i++) {
    const uint32_t bits = eoq_random(u.key, element++);
    const uint32_t fraction = eoq_dithered(u.gradient_dither, bits >> EOQ_HALF);
    const int32_t q = eoq_clip(eoq_round_fraction_within(g[i] - mean, u.shift, fraction), u.gradient_limit);
    g[i] = eoq_force_of(u, q, weights[i] * (1 << EOQ_MOMENTUM_FRACTION), bits);
    low[i] = (uint16_t)bits;
  }
}

static void eoq_move(const eoq_update *by, const int32_t *forces, const uint16_t *low, int32_t count, int8_t *weights,
                     uint8_t *momentum) {
  const eoq_update u = eoq_by_recipe(by);
  for (int32_t i = 0; i < count; i++, momentum += EOQ_MOMENTUM_BYTES) {
    int32_t v = eoq_momentum_at(momentum);
    if (EOQ_FEEDBACK) eoq_update_weight_feedback(u, forces[i], low[i], &weights[i], &v);
    else eoq_update_weight(u, forces[i], low[i], &weights[i], &v);
    eoq_set_momentum(momentum, v, low[i]);
  }
}

/* Moves `count` weights, the layer's from `element` on, by gradients less their mean, which are overwritten. In two
 * loops, each of which has registers enough. */
static void eoq_apply(const eoq_update *by, int32_t *g, int32_t mean, int32_t count, int32_t element,
                      const eoq_learnt *w) {
  uint16_t low[EOQ_CHUNK];
#if defined(__wasm_simd128__)
  const int32_t done = eoq_apply_blocks(eoq_by_recipe(by), g, mean, count, element, w);
  g += done, count -= done, element += done;
#endif
  for (int32_t from = 0; from < count; from += EOQ_CHUNK, element += EOQ_CHUNK) {
    const int32_t n = count - from < EOQ_CHUNK ? count - from : EOQ_CHUNK;
    int8_t *weights = w->weights + element;
    eoq_make_forces(by, g + from, mean, n, (uint32_t)element, weights, low);
    eoq_move(by, g + from, low, n, weights, w->momentum + element * EOQ_MOMENTUM_BYTES);
  }
}

/* The update of a layer whose gradients have an exponent and a largest magnitude m. */
static eoq_update eoq_update_of(const eoq_step *at, eoq_rate rate, const eoq_layer *l, const eoq_learnt *w,
                                int32_t exponent, uint64_t m) {
  eoq_update u = { .shift = eoq_quantize_shift_to(m, EOQ_GRADIENT_BITS),
                   .key = eoq_random_stream(at->seed, at->step, w->stream) };
  const int32_t own = EOQ_GRADIENT_FIXED ? EOQ_GRADIENT_EXPONENT : exponent + u.shift;
  const int32_t finer = EOQ_FEEDBACK ? EOQ_MOMENTUM_SHIFT : 0;
  eoq_update_set_rate(&u, rate, own - (l->exponent - EOQ_MOMENTUM_FRACTION), finer, EOQ_DECAY);
  return u;
}

/* Updates the weights of a dense layer: the largest gradients are those of the largest inputs. */
static void eoq_learn_dense(const eoq_step *at, eoq_rate rate, const eoq_layer *l, const eoq_learnt *w, eoq_values x,
                            eoq_values dy) {
  const int32_t inputs = l->shape.inputs, outputs = l->shape.outputs, reciprocal = eoq_reciprocal(inputs);
  const eoq_gradient_range read = eoq_range_of_inputs(x.q, inputs);
  uint64_t m = 0;
  for (int32_t k = 0; k < outputs; k++) {
    const eoq_gradient_range r = eoq_range_of_products(read, dy.q[k]);
    m = eoq_measure(m, r, eoq_mean_of(r, reciprocal));
  }
  const eoq_update u = eoq_update_of(at, rate, l, w, x.range->exponent + dy.range->exponent, m);
  int32_t g[EOQ_CHUNK];
  for (int32_t k = 0; k < outputs; k++) {
    const int32_t mean = eoq_mean_of(eoq_range_of_products(read, dy.q[k]), reciprocal);
    for (int32_t from = 0; from < inputs; from += EOQ_CHUNK) {
      const int32_t n = inputs - from < EOQ_CHUNK ? inputs - from : EOQ_CHUNK;
      for (int32_t i = 0; i < n; i++) g[i] = dy.q[k] * x.q[from + i];
      eoq_apply(&u, g, mean, n, k * inputs + from, w);
    }
  }
}

/* Updates the weights of a convolution. `room` has `words`: for the gradients of all outputs and their means; or for
 * those of one, and behind them those of as many of the first outputs as it can keep. */
static void eoq_learn_conv(const eoq_step *at, eoq_rate rate, const eoq_layer *l, const eoq_learnt *w, eoq_values x,
                           eoq_values dy, int32_t *room, int32_t words) {
  const int32_t length = l->shape.kernel * l->shape.kernel * l->shape.inputs, outputs = l->shape.outputs;
  const int32_t reciprocal = eoq_reciprocal(length), all = words == outputs * (length + 1);
  int32_t *const means = all ? room + outputs * length : NULL, *keep = all ? NULL : room + length, kept = 0;
  uint64_t m = 0;
  for (int32_t k = 0; k < outputs; k++) {
    int32_t *g = all ? room + k * length : room;
    eoq_gradient_sums(&l->shape, x.q, dy.q, k, g);
    const eoq_gradient_range r = eoq_range_of(g, length);
    const int32_t mean = eoq_mean_of(r, reciprocal);
    m = eoq_measure(m, r, mean);
    if (all) means[k] = mean;
    if (keep != NULL) keep = eoq_keep(keep, room + words, g, length, r.low, r.high, mean);
    kept += keep != NULL;
  }
  const eoq_update u = eoq_update_of(at, rate, l, w, x.range->exponent + dy.range->exponent, m);
  const int32_t *from = room + length;
  for (int32_t k = 0; k < outputs; k++) {
    int32_t *g = all ? room + k * length : room, mean = 0;
    if (all) {
      mean = means[k];
    } else if (k < kept) {
      from = eoq_get_kept(from, g, length, &mean);
    } else {
      eoq_gradient_sums(&l->shape, x.q, dy.q, k, g);
      mean = eoq_mean_of(eoq_range_of(g, length), reciprocal);
    }
    eoq_apply(&u, g, mean, length, k * length, w);
  }
}

/* factor * 2^exponent with a mantissa of 8 bits. */
static eoq_rate eoq_rounded_rate(uint32_t factor, int32_t exponent) {
  const int32_t over = eoq_bits(factor) - 8, dropped = over > 0 ? over : 0;
  const int32_t mantissa = (int32_t)((factor + ((1u << dropped) >> 1)) >> dropped), carry = mantissa >> 8;
  return (eoq_rate){ mantissa >> carry, exponent + dropped + carry };
}

enum { EOQ_SCALAR_RATE_EXPONENT = -11 };

/* Updates the scalars, biases first; `scalar_rate` is theirs beside that of weights, in 2^-11. */
static void eoq_learn_scalars(const eoq_step *at, eoq_rate rate, uint32_t scalar_rate, int16_t *scalars,
                              int64_t *momentum, eoq_gradients gradients, int32_t biases, int32_t count,
                              uint32_t stream) {
  const eoq_rate own =
    eoq_rounded_rate((uint32_t)rate.mantissa * scalar_rate, rate.exponent + EOQ_SCALAR_RATE_EXPONENT);
  const eoq_random_key key = eoq_random_stream(at->seed, at->step, stream);
  for (int32_t i = 0; i < count; i++) {
    eoq_update_scalar(&scalars[i], &momentum[i], gradients.sums[i], gradients.exponents[i],
                      i < biases ? EOQ_BIAS_EXPONENT : EOQ_SCALE_EXPONENT, own, EOQ_MOMENTUM_SHIFT, EOQ_NESTEROV,
                      eoq_random(key, (uint32_t)i));
  }
}

static void eoq_clear_gradients(eoq_gradients gradients, int32_t first, int32_t count) {
  for (int32_t i = first; i < first + count; i++) eoq_store(gradients, i, 0, 0);
}

#endif
