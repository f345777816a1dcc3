/* forward.h: the input, convolutions and what follows them on the way forward. */
#ifndef EOQ_DEVICE_FORWARD_H
#define EOQ_DEVICE_FORWARD_H

#include "../int8/alignment.h"
#include "products.h"
#include "rounding.h"

enum { EOQ_INPUT_EXPONENT = -6 };

static void eoq_input(const uint8_t *image, int32_t count, eoq_values x) {
  for (int32_t i = 0; i < count; i++) {
    x.q[i] = (int8_t)(EOQ_INPUT_OFFSET == 0 ? image[i] >> 1 : eoq_clip127(image[i] - EOQ_INPUT_OFFSET));
  }
  *x.range = (eoq_range){ EOQ_INPUT_EXPONENT, EOQ_INPUT_OFFSET == 0 ? 0 : -127, 127 };
}

/* What becomes of a convolution's sums: y = quantize(relu(sum) + summand), or quantize(sum). */
typedef struct {
  int32_t relu, summand;
  int8_t *y;
  uint8_t *mask; /* of relu, or NULL */
  eoq_rounding rounding;
  int32_t low, high; /* of the sums and zero */
} eoq_activation;

/* `n` sums, of the elements from `at` on; those whose bits share a byte of the mask come in their order. */
static inline void eoq_activate(eoq_activation *a, const int32_t *sums, int32_t n, int32_t at, int32_t measure,
                                int32_t write) {
  if (measure) {
    int32_t low = a->low, high = a->high, i = 0;
#if defined(__wasm_simd128__)
    int64_t sum = 0;
    i = eoq_measure_blocks(sums, n, &low, &high, &sum);
#endif
    for (; i < n; i++) {
      low = sums[i] < low ? sums[i] : low;
      high = sums[i] > high ? sums[i] : high;
    }
    a->low = low;
    a->high = high;
  }
  if (!write) return;
  const eoq_rounding r = a->rounding;
  const int32_t summand = a->summand;
  int8_t *y = a->y + at;
#if defined(__wasm_simd128__)
  if ((at & 7) == 0) {
    uint8_t *bits = a->mask == NULL ? NULL : a->mask + (at >> 3);
    const int32_t done = eoq_activate_blocks(&r, sums, n, a->relu, a->relu ? summand : 0, y, bits);
    sums += done, y += done, at += done, n -= done;
  }
#endif
  if (!a->relu) {
    for (int32_t i = 0; i < n; i++) y[i] = eoq_rounded(&r, sums[i], (uint32_t)(at + i));
    return;
  }
  if (a->mask == NULL) {
    for (int32_t i = 0; i < n; i++) y[i] = eoq_rounded(&r, (sums[i] > 0 ? sums[i] : 0) + summand, (uint32_t)(at + i));
    return;
  }
  uint8_t *mask = a->mask + (at >> 3);
  uint32_t bit = 1u << (at & 7), bits = bit == 1 ? 0 : *mask;
  for (int32_t i = 0; i < n; i++) {
    const int32_t v = sums[i] > 0 ? sums[i] : 0;
    bits |= v > 0 ? bit : 0;
    bit <<= 1;
    y[i] = eoq_rounded(&r, v + summand, (uint32_t)(at + i));
    if (bit < 256) continue;
    *mask++ = (uint8_t)bits;
    bits = 0;
    bit = 1;
  }
  if (bit > 1) *mask = (uint8_t)bits;
}

/* All sums in turn, to `room` if there is any, else to their activation. */
static void eoq_forward_pass(const eoq_layer *l, const int8_t *x, int32_t add, int8_t *patch, int32_t *room,
                             eoq_activation *a) {
  const eoq_shape *s = &l->shape;
#if defined(__wasm_simd128__)
  if (room != NULL && s->out_height * s->out_width > 1) {
    eoq_forward_layer(l, x, add, room);
    eoq_activate(a, room, s->out_height * s->out_width * s->outputs, 0, 1, 0);
    return;
  }
#endif
  const int32_t pixels = s->out_height * s->out_width;
  int32_t chunk[EOQ_CHUNK], pixel = 0;
#if defined(EOQ_FOUR_WINDOWS)
  /* Without room four pixels take turns, which bytes of the mask must not see. */
  const int32_t whole = room != NULL || s->outputs % 8 == 0 || s->outputs <= EOQ_CHUNK / EOQ_FOUR;
  for (; s->kernel > 1 && whole && pixel + EOQ_FOUR <= pixels; pixel += EOQ_FOUR) {
    for (int32_t from = 0; from < s->outputs; from += EOQ_CHUNK / EOQ_FOUR) {
      const int32_t n = s->outputs - from < EOQ_CHUNK / EOQ_FOUR ? s->outputs - from : EOQ_CHUNK / EOQ_FOUR;
      const int32_t pitch = room == NULL ? EOQ_CHUNK / EOQ_FOUR : s->outputs;
      int32_t *sums = room == NULL ? chunk : room + pixel * s->outputs + from;
      eoq_forward_four(l, x, pixel, from, n, add, patch, sums, pitch);
      for (int32_t i = 0; i < EOQ_FOUR; i++, sums += pitch) {
        if (room == NULL) eoq_activate(a, sums, n, (pixel + i) * s->outputs + from, 1, 1);
        else eoq_activate(a, sums, n, (pixel + i) * s->outputs + from, 1, 0);
      }
    }
  }
#endif
  for (int32_t at = pixel * s->outputs; pixel < pixels; pixel++) {
    const int32_t oy = pixel / s->out_width, ox = pixel - oy * s->out_width;
    const int8_t *window = eoq_window(s, x, oy, ox, patch);
    for (int32_t from = 0; from < s->outputs; from += EOQ_CHUNK) {
      const int32_t n = s->outputs - from < EOQ_CHUNK ? s->outputs - from : EOQ_CHUNK;
      int32_t *sums = room == NULL ? chunk : room + at;
      eoq_forward_sums(l, window, from, n, add, sums);
      if (room == NULL) eoq_activate(a, sums, n, at, 1, 1);
      else eoq_activate(a, sums, n, at, 1, 0);
      at += n;
    }
  }
}

/* y = quantize(relu(conv(x) + before) + behind) with the biases of those
 * indices, or without a ReLU quantize(conv(x)). Without room for all sums they
 * are quantized as they arise, by a guessed shift, and computed again where it
 * was wrong. */
static void eoq_conv(const eoq_step *at, const eoq_layer *l, eoq_values x, const int16_t *scalars, int32_t relu,
                     int32_t before, int32_t behind, const eoq_quantizer *q, eoq_values y, uint8_t *mask, int8_t *patch,
                     int32_t *room) {
  const int32_t exponent = x.range->exponent + l->exponent;
  const int32_t count = l->shape.out_height * l->shape.out_width * l->shape.outputs;
  const int32_t add = eoq_summand(scalars, before, exponent), summand = eoq_summand(scalars, behind, exponent);
  eoq_activation a = { .relu = relu, .summand = summand, .y = y.q, .mask = mask };
  int32_t shift = eoq_guess_of(q, at, exponent), exact, low, high;
  uint64_t m;
  for (;; shift = exact) {
    a.rounding = eoq_rounding_by(q, at, shift);
    a.low = a.high = 0;
    eoq_forward_pass(l, x.q, add, patch, room, &a);
    low = a.relu ? summand : a.low;
    high = a.relu ? a.high + summand : a.high;
    m = eoq_magnitude(low, high);
    exact = eoq_shift_of(q, at, exponent, m, EOQ_MOST_SHIFT);
    if (room != NULL || exact == shift) break;
  }
  if (room != NULL) {
    a.rounding = eoq_rounding_by(q, at, exact);
    eoq_activate(&a, room, count, 0, 0, 1);
  }
  *q->guess = (int8_t)exact;
  eoq_keep_measured(q, at, exponent, m);
  eoq_set_range(y.range, exponent, low, high, &a.rounding);
}

/* The same y and mask once more in the step, by the shift that they had. */
static void eoq_conv_again(const eoq_step *at, const eoq_layer *l, eoq_values x, const int16_t *scalars, int32_t relu,
                           int32_t before, int32_t behind, const eoq_quantizer *q, eoq_values y, uint8_t *mask,
                           int8_t *patch) {
  const int32_t exponent = x.range->exponent + l->exponent;
  eoq_activation a = { .relu = relu, .summand = eoq_summand(scalars, behind, exponent), .y = y.q, .mask = mask };
  a.rounding = eoq_rounding_by(q, at, y.range->exponent - exponent);
  eoq_forward_pass(l, x.q, eoq_summand(scalars, before, exponent), patch, NULL, &a);
}

/* y = quantize(x + bias) */
static void eoq_add_bias(const eoq_step *at, eoq_values x, int32_t count, int16_t bias, const eoq_quantizer *q,
                         eoq_values y) {
  const eoq_bias_alignment a = eoq_align_to_bias(x.range->exponent, x.range->minimum, x.range->maximum, bias);
  const int32_t low = x.range->minimum * a.factor + a.summand, high = x.range->maximum * a.factor + a.summand;
  const eoq_rounding r = eoq_rounding_of(q, at, a.exponent, eoq_magnitude(low, high));
  for (int32_t i = 0; i < count; i++) y.q[i] = eoq_rounded(&r, x.q[i] * a.factor + a.summand, (uint32_t)i);
  eoq_set_range(y.range, a.exponent, low, high, &r);
}

/* y = every stride-th pixel of x with zero channels appended. */
static void eoq_shortcut(const eoq_shape *s, eoq_values x, eoq_values y) {
  int8_t *to = y.q;
  for (int32_t oy = 0; oy < s->out_height; oy++) {
    for (int32_t ox = 0; ox < s->out_width; ox++, to += s->outputs) {
      memcpy(to, x.q + (oy * s->stride * s->width + ox * s->stride) * s->inputs, (size_t)s->inputs);
      memset(to + s->inputs, 0, (size_t)(s->outputs - s->inputs));
    }
  }
  y.range->exponent = x.range->exponent;
  y.range->minimum = x.range->minimum < 0 ? x.range->minimum : 0;
  y.range->maximum = x.range->maximum > 0 ? x.range->maximum : 0;
}

/* y = quantize(relu(z * scale + bias + shortcut)) */
static void eoq_end_block(const eoq_step *at, eoq_values z, eoq_values shortcut, int32_t count, int16_t scale,
                          int16_t bias, const eoq_quantizer *q, eoq_values y, uint8_t *mask) {
  const int32_t product = z.range->exponent + EOQ_SCALE_EXPONENT;
  eoq_residual f;
  const int32_t exponent = eoq_align_residual(
    product, eoq_top_of(product, z.range->minimum, z.range->maximum), scale, shortcut.range->exponent,
    eoq_top_of(shortcut.range->exponent, shortcut.range->minimum, shortcut.range->maximum), bias, &f);
  int32_t high = 0, sums[EOQ_CHUNK];
  for (int32_t i = 0; i < count; i++) {
    high = eoq_larger(high, z.q[i] * f.z_factor + shortcut.q[i] * f.shortcut_factor + f.summand);
  }
  eoq_activation a = { .relu = 1, .y = y.q, .mask = mask };
  a.rounding = eoq_rounding_of(q, at, exponent, (uint64_t)high);
  for (int32_t from = 0; from < count; from += EOQ_CHUNK) {
    const int32_t n = count - from < EOQ_CHUNK ? count - from : EOQ_CHUNK;
    for (int32_t i = 0; i < n; i++) {
      sums[i] = z.q[from + i] * f.z_factor + shortcut.q[from + i] * f.shortcut_factor + f.summand;
    }
    eoq_activate(&a, sums, n, from, 0, 1);
  }
  eoq_set_range(y.range, exponent, 0, high, &a.rounding);
}

#endif
