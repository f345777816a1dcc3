/* backward.h: errors on their way back through convolutions and ends of blocks. */
#ifndef EOQ_DEVICE_BACKWARD_H
#define EOQ_DEVICE_BACKWARD_H

#include "../int8/alignment.h"
#include "products.h"
#include "rounding.h"

/* A shortcut's error, which joins that of a block's first convolution. */
typedef struct {
  eoq_values error;
  const eoq_shape *shape; /* from the block's input to the error */
  int32_t behind;         /* whether the shortcut starts behind the bias of the block's input */
} eoq_other;

/* What becomes of the sums of an error: joined, masked, quantized. */
typedef struct {
  const uint8_t *mask;  /* or NULL for all */
  const int8_t *other;  /* the shortcut's error, or NULL */
  const eoq_shape *way; /* of the shortcut */
  eoq_join join;
  int8_t *dx;
  eoq_rounding rounding;
  int32_t low, high;         /* of what is quantized and zero */
  int32_t raw_low, raw_high; /* of the sums and zero */
  int64_t raw, all, masked;  /* sums of the sums, of what they joined to, and of what is quantized */
} eoq_passing;

/* `n` sums of channels [from, from + n) of input pixel (y, x), elements `at` on: where they are measured they become
 * what is quantized, and it is that which is written. */
static inline void eoq_pass_on(eoq_passing *p, int32_t *sums, int32_t y, int32_t x, int32_t from, int32_t n, int32_t at,
                               int32_t measure, int32_t write) {
  if (measure) {
    if (p->other != NULL) {
      const int32_t joined = y % p->way->stride == 0 && x % p->way->stride == 0;
      const int32_t pixel = y / p->way->stride * p->way->out_width + x / p->way->stride;
      const int8_t *other = p->other + pixel * p->way->outputs + from;
      int64_t raw = 0;
      for (int32_t i = 0; i < n; i++) {
        raw += sums[i];
        sums[i] = eoq_joined(sums[i], joined ? other[i] : 0, p->join);
      }
      p->raw += raw;
    }
    int32_t low = p->low, high = p->high, bits = 0xff;
    int64_t all = 0, masked = 0;
    for (int32_t i = 0; i < n;) { /* by bytes of the mask */
      const int32_t bit = (at + i) & 7, left = n - i < 8 - bit ? n - i : 8 - bit;
      if (p->mask != NULL) bits = p->mask[(at + i) >> 3] >> bit;
      for (const int32_t end = i + left; i < end; i++, bits >>= 1) {
        const int32_t passed = sums[i] & -(bits & 1);
        all += sums[i];
        masked += passed;
        low = passed < low ? passed : low;
        high = passed > high ? passed : high;
        sums[i] = passed;
      }
      bits = 0xff;
    }
    p->low = low;
    p->high = high;
    p->all += all;
    p->masked += masked;
  }
  if (!write) return;
  const eoq_rounding r = p->rounding;
  int8_t *dx = p->dx + at;
  for (int32_t i = 0; i < n; i++) dx[i] = sums[i] == 0 ? 0 : eoq_rounded(&r, sums[i], (uint32_t)(at + i));
}

/* What a pass over the sums of an error does with them. */
typedef enum { EOQ_EXTREMES, EOQ_MEASURE, EOQ_WRITE, EOQ_BOTH } eoq_purpose;

#if defined(__wasm_simd128__)
/* The same over a whole tensor. A pass that measures leaves in `room`, but for its last elements, what is quantized;
 * a shortcut's error has been spread over all elements. */
static void eoq_error_pass_whole(const eoq_layer *l, const int8_t *dy, int32_t *room, int32_t computed,
                                 eoq_purpose purpose, eoq_passing *p) {
  const eoq_shape *s = &l->shape;
  const int32_t count = s->height * s->width * s->inputs, blocks = count - count % EOQ_BLOCK;
  int32_t at = 0;
  if (!computed) eoq_error_layer(l, dy, room);
  if (purpose == EOQ_EXTREMES) {
    int64_t sum = 0;
    for (at = eoq_measure_blocks(room, count, &p->raw_low, &p->raw_high, &sum); at < count; at++) {
      p->raw_low = room[at] < p->raw_low ? room[at] : p->raw_low;
      p->raw_high = room[at] > p->raw_high ? room[at] : p->raw_high;
    }
    return;
  }
  if (purpose == EOQ_MEASURE) {
    eoq_passed_sums sums = { 0 };
    at = eoq_pass_blocks(room, count, p->other, p->join, p->mask, &p->low, &p->high, &sums);
    p->raw += sums.raw, p->all += sums.all, p->masked += sums.masked;
  } else {
    at = eoq_activate_blocks(&p->rounding, room, count, 0, 0, p->dx, NULL);
    for (; at < blocks; at++) p->dx[at] = room[at] == 0 ? 0 : eoq_rounded(&p->rounding, room[at], (uint32_t)at);
  }
  if (at < count) eoq_pass_on(p, room + at, 0, 0, at, count - at, at, purpose == EOQ_MEASURE, purpose == EOQ_WRITE);
}
#endif

/* All sums in turn: computed, or where `room` has them read. */
static void eoq_error_pass(const eoq_layer *l, const int8_t *dy, int32_t *room, int32_t computed, eoq_purpose purpose,
                           eoq_passing *p) {
  const eoq_shape *s = &l->shape;
#if defined(__wasm_simd128__)
  if (room != NULL && s->kernel * s->height * s->width > 1) {
    eoq_error_pass_whole(l, dy, room, computed, purpose, p);
    return;
  }
#endif
  int32_t chunk[EOQ_CHUNK], at = 0;
  for (int32_t y = 0; y < s->height; y++) {
    for (int32_t x = 0; x < s->width; x++) {
      for (int32_t from = 0; from < s->inputs; from += EOQ_CHUNK) {
        const int32_t n = s->inputs - from < EOQ_CHUNK ? s->inputs - from : EOQ_CHUNK;
        int32_t *sums = room == NULL ? chunk : room + at;
        if (!computed) eoq_error_sums(l, dy, y, x, from, n, sums);
        if (purpose == EOQ_EXTREMES) {
          for (int32_t i = 0; i < n; i++) {
            p->raw_low = sums[i] < p->raw_low ? sums[i] : p->raw_low;
            p->raw_high = sums[i] > p->raw_high ? sums[i] : p->raw_high;
          }
        } else if (purpose == EOQ_MEASURE) {
          eoq_pass_on(p, sums, y, x, from, n, at, 1, 0);
        } else if (purpose == EOQ_WRITE) {
          eoq_pass_on(p, sums, y, x, from, n, at, 0, 1);
        } else {
          eoq_pass_on(p, sums, y, x, from, n, at, 1, 1);
        }
        at += n;
      }
    }
  }
}

/* dx = quantize(conv backward of dy, joined by a shortcut's error if there is
 * one, where mask). The bias behind the ReLU of the mask gets the sum of what is
 * not yet masked, the one before it that of what is; -1 for none. As forward,
 * sums are quantized as they arise where there is no room for all. */
static void eoq_conv_error(const eoq_step *at, const eoq_layer *l, eoq_values dy, const uint8_t *mask,
                           const eoq_other *other, eoq_gradients gradients, int32_t before, int32_t behind,
                           const eoq_quantizer *q, eoq_values dx, int32_t *room) {
  const int32_t inner = dy.range->exponent + l->exponent;
  eoq_passing p = { .mask = mask, .dx = dx.q };
  int32_t exponent = inner, computed = 0;
  if (other != NULL) {
    const eoq_range *o = other->error.range;
    p.other = other->error.q;
    p.way = other->shape;
#if defined(__wasm_simd128__)
    if (room != NULL) p.other = eoq_spread_shortcut(other->shape, p.other);
#endif
    if (!eoq_joins_in_steps(inner, o->exponent)) { /* their range decides */
      eoq_error_pass(l, dy.q, room, 0, EOQ_EXTREMES, &p);
      computed = room != NULL;
    }
    exponent = eoq_align_join(inner, eoq_top_of(inner, p.raw_low, p.raw_high), o->exponent,
                              eoq_top_of(o->exponent, o->minimum, o->maximum), &p.join);
  }
  int32_t shift = eoq_guess_of(q, at, exponent), exact;
  uint64_t m;
  for (;; shift = exact) {
    p.rounding = eoq_rounding_by(q, at, shift);
    p.low = p.high = 0;
    p.raw = p.all = p.masked = 0;
    eoq_error_pass(l, dy.q, room, computed, room == NULL ? EOQ_BOTH : EOQ_MEASURE, &p);
    m = eoq_magnitude(p.low, p.high);
    exact = eoq_shift_of(q, at, exponent, m, EOQ_MOST_SHIFT);
    if (room != NULL || exact == shift) break;
  }
  if (room != NULL) {
    p.rounding = eoq_rounding_by(q, at, exact);
    eoq_error_pass(l, dy.q, room, 1, EOQ_WRITE, &p);
  }
  *q->guess = (int8_t)exact;
  eoq_keep_measured(q, at, exponent, m);
  eoq_set_range(dx.range, exponent, p.low, p.high, &p.rounding);
  const int32_t inner_only = other != NULL && !other->behind;
  eoq_store(gradients, behind, inner_only ? p.raw : p.all, inner_only ? inner : exponent);
  eoq_store(gradients, before, p.masked, exponent);
}

/* dz = quantize(dy * scale), and the gradients of the scale and the bias at the end of a block. */
static void eoq_end_block_error(const eoq_step *at, eoq_values dy, eoq_values z, int32_t count, const int16_t *scalars,
                                int32_t scale, int32_t bias, eoq_gradients gradients, const eoq_quantizer *q,
                                eoq_values dz) {
  const int32_t s = scalars[scale], exponent = dy.range->exponent + EOQ_SCALE_EXPONENT;
  const int32_t ends[2] = { dy.range->minimum * s, dy.range->maximum * s };
  const int32_t low = ends[s < 0], high = ends[s >= 0]; /* a negative scale swaps them */
  const int32_t z_exponent = z.range->exponent, dy_exponent = dy.range->exponent;
  const eoq_rounding r = eoq_rounding_of(q, at, exponent, eoq_magnitude(low, high));
  int64_t product = 0, sum = 0;
  int32_t i = 0;
#if defined(__wasm_simd128__)
  i = eoq_scale_error_blocks(&r, dy.q, z.q, count, s, dz.q, &product, &sum);
#endif
  for (; i < count; i++) {
    const int32_t e = dy.q[i];
    product += e * z.q[i];
    sum += e;
    dz.q[i] = eoq_rounded(&r, e * s, (uint32_t)i);
  }
  eoq_set_range(dz.range, exponent, low, high, &r);
  eoq_store(gradients, scale, product, dy_exponent + z_exponent);
  eoq_store(gradients, bias, sum, dy_exponent);
}

#endif
