/* products.h: sums of products of int8, the inner loops. Cortex-M4, M7 and M33
 * multiply 16 bits twice in an instruction, and the M55 16 int8 at once; a sum
 * is the same whatever its order. */
#ifndef EOQ_DEVICE_PRODUCTS_H
#define EOQ_DEVICE_PRODUCTS_H

#include "window.h"

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#elif defined(__ARM_FEATURE_SIMD32)
#include <arm_acle.h>
#endif

/* Outputs that share what they read, elements of weights that can be read beyond their end, and rows that are listed
 * at a time. */
enum { EOQ_OUTPUTS = 4, EOQ_CHANNELS = 8, EOQ_ROWS = 32 };

#if defined(__ARM_FEATURE_SIMD32) && !defined(__ARM_FEATURE_MVE)
/* Four int8 of any address. */
static inline uint32_t eoq_four(const int8_t *x) {
  uint32_t word;
  memcpy(&word, x, sizeof word);
  return word;
}

/* Elements 0 and 2 of four, and 1 and 3, as int16. */
static inline int16x2_t eoq_even(uint32_t word) {
  return __sxtb16((int8x4_t)word);
}

static inline int16x2_t eoq_odd(uint32_t word) {
  int16x2_t odd;
  __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(word)); /* compilers rotate first */
  return odd;
}
#endif

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

/* Rows of int8 from a base on, and what each is multiplied with. Errors are zeros for the most part, so those that are
 * not are listed first: what is left has no branch. */
typedef struct {
  int32_t offsets[EOQ_ROWS];
  int16_t factors[EOQ_ROWS];
} eoq_rows;

/* sums += factor * row of the first `n` elements of rows [first, last). Up to three elements behind a row can be read. */
static void eoq_add_rows(const eoq_rows *rows, int32_t first, int32_t last, const int8_t *base, int32_t n,
                         int32_t *sums) {
#if defined(__ARM_FEATURE_MVE)
  for (int32_t i = 0; i < n; i += 4) {
    const mve_pred16_t p = vctp32q((uint32_t)(n - i));
    int32x4_t sum = vld1q_z_s32(sums + i, p);
    for (int32_t j = first; j < last; j++) {
      sum = vmlaq_n_s32(sum, vldrbq_z_s32(base + i + rows->offsets[j], p), rows->factors[j]);
    }
    vst1q_p_s32(sums + i, sum, p);
  }
#elif defined(__ARM_FEATURE_SIMD32)
  const int32_t *const end = rows->offsets + first + ((last - first) & ~1);
  for (int32_t i = 0; i < n; i += 4, base += 4) {
    int32_t rest[4] = { 0 }, *const to = i + 4 <= n ? sums + i : rest;
    int32_t s0 = to[0], s1 = to[1], s2 = to[2], s3 = to[3];
    const int32_t *offset = rows->offsets + first;
    const int16_t *factor = rows->factors + first;
    if (offset != end) {
      /* Eight products in 16 instructions: the halves of two rows are put together, then widened. */
      uint32_t a, b, factors, low;
      __asm__("1:\n\t"
              "ldrd %[a], %[b], [%[offset]], #8\n\t"
              "ldr %[factors], [%[factor]], #4\n\t"
              "ldr %[a], [%[base], %[a]]\n\t"
              "ldr %[b], [%[base], %[b]]\n\t"
              "pkhbt %[low], %[a], %[b], lsl #16\n\t"
              "pkhtb %[b], %[b], %[a], asr #16\n\t"
              "sxtb16 %[a], %[low]\n\t"
              "smlad %[s0], %[a], %[factors], %[s0]\n\t"
              "sxtb16 %[low], %[low], ror #8\n\t"
              "smlad %[s1], %[low], %[factors], %[s1]\n\t"
              "sxtb16 %[a], %[b]\n\t"
              "smlad %[s2], %[a], %[factors], %[s2]\n\t"
              "sxtb16 %[b], %[b], ror #8\n\t"
              "smlad %[s3], %[b], %[factors], %[s3]\n\t"
              "cmp %[offset], %[end]\n\t"
              "bne 1b"
              : [offset] "+r"(offset), [factor] "+r"(factor), [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2),
                [s3] "+r"(s3), [a] "=&r"(a), [b] "=&r"(b), [factors] "=&r"(factors), [low] "=&r"(low)
              : [base] "r"(base), [end] "r"(end)
              : "cc", "memory");
    }
    if (((last - first) & 1) != 0) {
      const uint32_t four = eoq_four(base + *offset);
      const int16x2_t even = eoq_even(four), odd = eoq_odd(four);
      s0 = __smlabb(even, *factor, s0);
      s1 = __smlabb(odd, *factor, s1);
      s2 = __smlatb(even, *factor, s2);
      s3 = __smlatb(odd, *factor, s3);
    }
    to[0] = s0, to[1] = s1, to[2] = s2, to[3] = s3;
    if (to == rest) {
      for (int32_t j = i; j < n; j++) sums[j] += rest[j - i];
    }
  }
#else
  int32_t i = 0;
  for (; i + 4 <= n; i += 4) {
    int32_t s0 = sums[i], s1 = sums[i + 1], s2 = sums[i + 2], s3 = sums[i + 3];
    for (int32_t j = first; j < last; j++) {
      const int8_t *row = base + i + rows->offsets[j];
      const int32_t f = rows->factors[j];
      s0 += f * row[0];
      s1 += f * row[1];
      s2 += f * row[2];
      s3 += f * row[3];
    }
    sums[i] = s0, sums[i + 1] = s1, sums[i + 2] = s2, sums[i + 3] = s3;
  }
  for (; i < n; i++) {
    for (int32_t j = first; j < last; j++) sums[i] += rows->factors[j] * (base + i)[rows->offsets[j]];
  }
#endif
}

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

/* Lists the errors of a pixel that are not 0, four of which cost no more than one where all are; behind those listed
 * before, whose number is given. The row of output k starts at `offset` + k * pitch. Full lists are added to the sums. */
static int32_t eoq_list_errors(eoq_rows *rows, int32_t listed, const int8_t *e, int32_t outputs, int32_t offset,
                               int32_t pitch, const int8_t *base, int32_t n, int32_t *sums) {
  const int32_t by = (outputs & 3) == 0 ? 4 : 1;
  for (const int8_t *const end = e + outputs; e < end; e += by, offset += by * pitch) {
    if (by == 1) {
      if (*e == 0) continue;
    } else {
      uint32_t four;
      memcpy(&four, __builtin_assume_aligned(e, 4), sizeof four); /* as the tensor is */
      if (four == 0) continue;
    }
    if (listed + by > EOQ_ROWS) {
      eoq_add_rows(rows, 0, listed, base, n, sums);
      listed = 0;
    }
    for (int32_t j = 0; j < by; j++) {
      rows->offsets[listed] = offset + j * pitch;
      rows->factors[listed] = e[j];
      listed += e[j] != 0;
    }
  }
  return listed;
}

/* Sums of channels [from, from + n) of the error of input pixel (y, x). */
static void eoq_error_sums(const eoq_layer *l, const int8_t *dy, int32_t y, int32_t x, int32_t from, int32_t n,
                           int32_t *sums) {
  const eoq_shape *s = &l->shape;
  const int32_t pitch = s->kernel * s->kernel * s->inputs;
  const int8_t *w = l->weights + from;
  eoq_rows rows;
  int32_t listed = 0;
  for (int32_t i = 0; i < n; i++) sums[i] = 0;
  for (int32_t ky = 0; ky < s->kernel; ky++) {
    const int32_t below = y + s->padding - ky, oy = s->stride == 1 ? below : below / s->stride;
    if (below < 0 || oy * s->stride != below || oy >= s->out_height) continue;
    for (int32_t kx = 0; kx < s->kernel; kx++) {
      const int32_t right = x + s->padding - kx, ox = s->stride == 1 ? right : right / s->stride;
      if (right < 0 || ox * s->stride != right || ox >= s->out_width) continue;
      const int8_t *e = dy + (oy * s->out_width + ox) * s->outputs;
      listed = eoq_list_errors(&rows, listed, e, s->outputs, (ky * s->kernel + kx) * s->inputs, pitch, w, n, sums);
    }
  }
  if (listed > 0) eoq_add_rows(&rows, 0, listed, w, n, sums);
}

/* Adds the listed windows to the gradients: rows [0, listed) start at the windows' first rows, which can lie above the
 * image and end below it, and have taps [x0, x1). */
static void eoq_add_windows(const eoq_shape *s, const eoq_rows *rows, int32_t listed, const int8_t *x, int32_t x0,
                            int32_t x1, int32_t *sums) {
  const int32_t pitch = s->width * s->inputs, below = s->height * pitch;
  for (int32_t ky = 0, down = 0; ky < s->kernel; ky++, down += pitch) {
    int32_t first = 0, last = listed;
    while (first < last && rows->offsets[first] + down < 0) first++;
    while (last > first && rows->offsets[last - 1] + down >= below) last--;
    if (first == last) continue;
    eoq_add_rows(rows, first, last, x + down, (x1 - x0) * s->inputs, sums + (ky * s->kernel + x0) * s->inputs);
  }
}

/* Gradients of all weights of output k. */
static void eoq_gradient_sums(const eoq_shape *s, const int8_t *x, const int8_t *dy, int32_t k, int32_t *sums) {
  const int32_t length = s->kernel * s->kernel * s->inputs, pitch = s->width * s->inputs;
  for (int32_t i = 0; i < length; i++) sums[i] = 0;
  eoq_rows rows;
  for (int32_t from = 0, to; from < s->out_width; from = to) { /* columns whose windows have the same taps */
    int32_t x0, x1, next0 = 0, next1 = 0;
    eoq_taps(from * s->stride - s->padding, s->width, s->kernel, &x0, &x1);
    for (to = from + 1; to < s->out_width; to++) {
      eoq_taps(to * s->stride - s->padding, s->width, s->kernel, &next0, &next1);
      if (next0 != x0 || next1 != x1) break;
    }
    int32_t listed = 0;
    for (int32_t oy = 0; oy < s->out_height; oy++) {
      const int8_t *e = dy + (oy * s->out_width + from) * s->outputs + k;
      int32_t offset = (oy * s->stride - s->padding) * pitch + (from * s->stride - s->padding + x0) * s->inputs;
      for (int32_t ox = from; ox < to; ox++, e += s->outputs, offset += s->stride * s->inputs) {
        if (*e == 0) continue;
        rows.offsets[listed] = offset;
        rows.factors[listed++] = *e;
        if (listed < EOQ_ROWS) continue;
        eoq_add_windows(s, &rows, listed, x, x0, x1, sums);
        listed = 0;
      }
    }
    if (listed > 0) eoq_add_windows(s, &rows, listed, x, x0, x1, sums);
  }
}

#endif
