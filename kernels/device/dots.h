/* dots.h: sums of products on the way forward, of a window and the weights of
 * some outputs. */
#ifndef EOQ_DEVICE_DOTS_H
#define EOQ_DEVICE_DOTS_H

#include "arm.h"
#include "window.h"

/* Outputs that share what they read, and elements of weights that can be read beyond their end. */
enum { EOQ_OUTPUTS = 4, EOQ_CHANNELS = 8 };

/* sums[k] = the products of x and the k-th row of w, whose rows are `n` long and follow each other. */
static inline void eoq_dots(const int8_t *x, const int8_t *w, int32_t n, int32_t *sums) {
  const int8_t *w1 = w + n, *w2 = w1 + n, *w3 = w2 + n;
  int32_t a = 0, b = 0, c = 0, d = 0, i = 0;
#if defined(__ARM_FEATURE_MVE)
  for (; i < n; i += 16) {
    const mve_pred16_t p = vctp8q((uint32_t)(n - i));
    const int8x16_t v = vldrbq_z_s8(x + i, p);
    a = vmladavaq_p_s8(a, v, vldrbq_z_s8(w + i, p), p);
    b = vmladavaq_p_s8(b, v, vldrbq_z_s8(w1 + i, p), p);
    c = vmladavaq_p_s8(c, v, vldrbq_z_s8(w2 + i, p), p);
    d = vmladavaq_p_s8(d, v, vldrbq_z_s8(w3 + i, p), p);
  }
#elif defined(__ARM_FEATURE_SIMD32)
  /* 16 products in 26 instructions; compilers run out of registers. */
  if (n >= 4) {
    const int8_t *from = x, *row = w, *const end = x + (n & ~3);
    uint32_t four, even, odd, half;
    __asm__("1:\n\t"
            "ldr %[four], [%[from]], #4\n\t"
            "sxtb16 %[even], %[four]\n\t"
            "sxtb16 %[odd], %[four], ror #8\n\t"
            "ldr %[four], [%[row], %[n]]\n\t"
            "sxtb16 %[half], %[four]\n\t"
            "smlad %[b], %[even], %[half], %[b]\n\t"
            "sxtb16 %[four], %[four], ror #8\n\t"
            "smlad %[b], %[odd], %[four], %[b]\n\t"
            "ldr %[four], [%[row], %[n], lsl #1]\n\t"
            "sxtb16 %[half], %[four]\n\t"
            "smlad %[c], %[even], %[half], %[c]\n\t"
            "sxtb16 %[four], %[four], ror #8\n\t"
            "smlad %[c], %[odd], %[four], %[c]\n\t"
            "add %[half], %[row], %[n]\n\t"
            "ldr %[four], [%[half], %[n], lsl #1]\n\t"
            "sxtb16 %[half], %[four]\n\t"
            "smlad %[d], %[even], %[half], %[d]\n\t"
            "sxtb16 %[four], %[four], ror #8\n\t"
            "smlad %[d], %[odd], %[four], %[d]\n\t"
            "ldr %[four], [%[row]], #4\n\t"
            "sxtb16 %[half], %[four]\n\t"
            "smlad %[a], %[even], %[half], %[a]\n\t"
            "sxtb16 %[four], %[four], ror #8\n\t"
            "smlad %[a], %[odd], %[four], %[a]\n\t"
            "cmp %[from], %[end]\n\t"
            "bne 1b"
            : [from] "+r"(from), [row] "+r"(row), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d),
              [four] "=&r"(four), [even] "=&r"(even), [odd] "=&r"(odd), [half] "=&r"(half)
            : [n] "r"(n), [end] "r"(end)
            : "cc", "memory");
    i = n & ~3;
  }
#endif
  for (; i < n; i++) {
    const int32_t v = x[i];
    a += v * w[i];
    b += v * w1[i];
    c += v * w2[i];
    d += v * w3[i];
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
}

static inline int32_t eoq_dot(const int8_t *x, const int8_t *w, int32_t n) {
  int32_t sum = 0, i = 0;
#if defined(__ARM_FEATURE_MVE)
  for (; i < n; i += 16) {
    const mve_pred16_t p = vctp8q((uint32_t)(n - i));
    sum = vmladavaq_p_s8(sum, vldrbq_z_s8(x + i, p), vldrbq_z_s8(w + i, p), p);
  }
#elif defined(__ARM_FEATURE_SIMD32)
  for (; i + 4 <= n; i += 4) {
    const uint32_t four = eoq_four(x + i), v = eoq_four(w + i);
    sum = __smlad(eoq_odd(four), eoq_odd(v), __smlad(eoq_even(four), eoq_even(v), sum));
  }
#endif
  for (; i < n; i++) sum += x[i] * w[i];
  return sum;
}

/* The windows of four pixels at once, widened to int16: a weight is then widened once for four products. */
#if defined(__ARM_FEATURE_SIMD32) && !defined(__ARM_FEATURE_MVE)
#define EOQ_FOUR_WINDOWS
enum { EOQ_FOUR = 4, EOQ_FOUR_WORDS = 8 };
static uint32_t *eoq_widen(const int8_t *x, int32_t fours, uint32_t *to) {
  for (; fours > 0; fours--, x += EOQ_FOUR, to += EOQ_FOUR_WORDS) {
    const uint32_t four = eoq_four(x);
    to[0] = (uint32_t)eoq_even(four);
    to[1] = (uint32_t)eoq_odd(four);
  }
  return to;
}
static uint32_t *eoq_widen_zeros(int32_t fours, uint32_t *to) {
  for (; fours > 0; fours--, to += EOQ_FOUR_WORDS) to[0] = to[1] = 0;
  return to;
}
/* A window to every fourth pair of words: its elements 0 and 2, 1 and 3, and so on, with zeros behind them. */
static void eoq_widen_window(const eoq_shape *s, const int8_t *x, int32_t oy, int32_t ox, uint32_t *to, int8_t *patch) {
  const int32_t run = s->kernel * s->inputs, length = s->kernel * run;
  if (s->inputs % EOQ_FOUR != 0) {
    eoq_window(s, x, oy, ox, patch);
    for (int32_t i = length; i % EOQ_FOUR != 0; i++) patch[i] = 0;
    eoq_widen(patch, (length + EOQ_FOUR - 1) / EOQ_FOUR, to);
    return;
  }
  const int32_t top = oy * s->stride - s->padding, left = ox * s->stride - s->padding, fours = s->inputs / EOQ_FOUR;
  int32_t first, last;
  eoq_taps(left, s->width, s->kernel, &first, &last);
  for (int32_t y = top; y < top + s->kernel; y++) {
    if (y < 0 || y >= s->height) {
      to = eoq_widen_zeros(s->kernel * fours, to);
      continue;
    }
    to = eoq_widen_zeros(first * fours, to);
    to = eoq_widen(x + (y * s->width + left + first) * s->inputs, (last - first) * fours, to);
    to = eoq_widen_zeros((s->kernel - last) * fours, to);
  }
}
/* Sums of outputs [from, from + n) of four pixels from `pixel` on, those of a pixel `pitch` from those of the one
 * before; `patch` has the windows from the time when `from` was 0. */
static void eoq_forward_four(const eoq_layer *l, const int8_t *x, int32_t pixel, int32_t from, int32_t n, int32_t add,
                             int8_t *patch, int32_t *sums, int32_t pitch) {
  const eoq_shape *s = &l->shape;
  const int32_t length = s->kernel * s->kernel * s->inputs;
  uint32_t *const windows = (uint32_t *)(void *)patch;
  const uint32_t *const end = windows + (length + EOQ_FOUR - 1) / EOQ_FOUR * EOQ_FOUR_WORDS;
  if (from == 0) {
    for (int32_t i = 0; i < EOQ_FOUR; i++) {
      const int32_t oy = (pixel + i) / s->out_width, ox = pixel + i - oy * s->out_width;
      eoq_widen_window(s, x, oy, ox, windows + 2 * i, patch + (end - windows) * (int32_t)sizeof *end);
    }
  }
  const int8_t *row = l->weights + from * length;
  for (int32_t k = 0; k < n; k++, row += length) {
    int32_t a = add, b = add, c = add, d = add;
    const uint32_t *window = windows;
    const int8_t *w = row;
    uint32_t even, odd, low, high;
    __asm__("1:\n\t" /* 16 products in 17 instructions */
            "ldr %[odd], [%[w]], #4\n\t"
            "sxtb16 %[even], %[odd]\n\t"
            "sxtb16 %[odd], %[odd], ror #8\n\t"
            "ldrd %[low], %[high], [%[window]], #8\n\t"
            "smlad %[a], %[low], %[even], %[a]\n\t"
            "smlad %[a], %[high], %[odd], %[a]\n\t"
            "ldrd %[low], %[high], [%[window]], #8\n\t"
            "smlad %[b], %[low], %[even], %[b]\n\t"
            "smlad %[b], %[high], %[odd], %[b]\n\t"
            "ldrd %[low], %[high], [%[window]], #8\n\t"
            "smlad %[c], %[low], %[even], %[c]\n\t"
            "smlad %[c], %[high], %[odd], %[c]\n\t"
            "ldrd %[low], %[high], [%[window]], #8\n\t"
            "smlad %[d], %[low], %[even], %[d]\n\t"
            "smlad %[d], %[high], %[odd], %[d]\n\t"
            "cmp %[window], %[end]\n\t"
            "bne 1b"
            : [window] "+r"(window), [w] "+r"(w), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d),
              [even] "=&r"(even), [odd] "=&r"(odd), [low] "=&r"(low), [high] "=&r"(high)
            : [end] "r"(end)
            : "cc", "memory");
    sums[k] = a;
    sums[k + pitch] = b;
    sums[k + 2 * pitch] = c;
    sums[k + 3 * pitch] = d;
  }
}
#endif

/* Sums of outputs [from, from + n) of a pixel that reads `window`. */
static void eoq_forward_sums(const eoq_layer *l, const int8_t *window, int32_t from, int32_t n, int32_t add,
                             int32_t *sums) {
  const int32_t length = l->shape.kernel * l->shape.kernel * l->shape.inputs;
  const int8_t *w = l->weights + from * length;
  int32_t k = 0;
  for (; k + EOQ_OUTPUTS <= n; k += EOQ_OUTPUTS, w += EOQ_OUTPUTS * length) eoq_dots(window, w, length, sums + k);
  for (; k < n; k++, w += length) sums[k] = eoq_dot(window, w, length);
  for (k = 0; k < n; k++) sums[k] += add;
}

#endif
