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

/* Outputs that share what they read, and channels of an error that share what is read for them. */
enum { EOQ_OUTPUTS = 4, EOQ_CHANNELS = 8 };

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

/* sums += factor * x */
static inline void eoq_axpy(int32_t *sums, int32_t factor, const int8_t *x, int32_t n) {
  int32_t i = 0;
#if defined(__ARM_FEATURE_MVE)
  for (; i < n; i += 4) {
    const mve_pred16_t p = vctp32q((uint32_t)(n - i));
    vst1q_p_s32(sums + i, vmlaq_n_s32(vld1q_z_s32(sums + i, p), vldrbq_z_s32(x + i, p), factor), p);
  }
#elif defined(__ARM_FEATURE_SIMD32)
  for (; i + 4 <= n; i += 4) {
    const uint32_t four = eoq_four(x + i);
    const int16x2_t even = eoq_even(four), odd = eoq_odd(four);
    sums[i] = __smlabb(even, factor, sums[i]);
    sums[i + 1] = __smlabb(odd, factor, sums[i + 1]);
    sums[i + 2] = __smlatb(even, factor, sums[i + 2]);
    sums[i + 3] = __smlatb(odd, factor, sums[i + 3]);
  }
#endif
  for (; i < n; i++) sums[i] += factor * x[i];
}

/* sums += e[k] * w[k * pitch ...] over all k, for EOQ_CHANNELS channels at once; errors are zeros for the most part. */
static inline void eoq_add_errors(const int8_t *e, int32_t outputs, const int8_t *w, int32_t pitch, int32_t *sums) {
#if defined(__ARM_FEATURE_MVE)
  int32x4_t a = vld1q_s32(sums), b = vld1q_s32(sums + 4);
  for (int32_t k = 0; k < outputs; k++, w += pitch) {
    const int32_t f = e[k];
    if (f == 0) continue;
    a = vmlaq_n_s32(a, vldrbq_s32(w), f);
    b = vmlaq_n_s32(b, vldrbq_s32(w + 4), f);
  }
  vst1q_s32(sums, a);
  vst1q_s32(sums + 4, b);
#elif defined(__ARM_FEATURE_SIMD32)
  int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
  int32_t s4 = sums[4], s5 = sums[5], s6 = sums[6], s7 = sums[7];
  const int8_t *const end = e + outputs;
  for (; e < end; w += pitch) {
    const int32_t f = *e++;
    if (f == 0) continue;
    uint32_t four = eoq_four(w);
    int16x2_t even = eoq_even(four), odd = eoq_odd(four);
    s0 = __smlabb(even, f, s0);
    s1 = __smlabb(odd, f, s1);
    s2 = __smlatb(even, f, s2);
    s3 = __smlatb(odd, f, s3);
    four = eoq_four(w + 4);
    even = eoq_even(four);
    odd = eoq_odd(four);
    s4 = __smlabb(even, f, s4);
    s5 = __smlabb(odd, f, s5);
    s6 = __smlatb(even, f, s6);
    s7 = __smlatb(odd, f, s7);
  }
  sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
  sums[4] = s4, sums[5] = s5, sums[6] = s6, sums[7] = s7;
#else
  for (int32_t k = 0; k < outputs; k++, w += pitch) {
    const int32_t f = e[k];
    if (f == 0) continue;
    for (int32_t i = 0; i < EOQ_CHANNELS; i++) sums[i] += f * w[i];
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

/* Sums of channels [from, from + n) of the error of input pixel (y, x). */
static void eoq_error_sums(const eoq_layer *l, const int8_t *dy, int32_t y, int32_t x, int32_t from, int32_t n,
                           int32_t *sums) {
  const eoq_shape *s = &l->shape;
  const int32_t pitch = s->kernel * s->kernel * s->inputs;
  for (int32_t i = 0; i < n; i++) sums[i] = 0;
  for (int32_t ky = 0; ky < s->kernel; ky++) {
    const int32_t below = y + s->padding - ky, oy = s->stride == 1 ? below : below / s->stride;
    if (below < 0 || oy * s->stride != below || oy >= s->out_height) continue;
    for (int32_t kx = 0; kx < s->kernel; kx++) {
      const int32_t right = x + s->padding - kx, ox = s->stride == 1 ? right : right / s->stride;
      if (right < 0 || ox * s->stride != right || ox >= s->out_width) continue;
      const int8_t *e = dy + (oy * s->out_width + ox) * s->outputs;
      const int8_t *w = l->weights + (ky * s->kernel + kx) * s->inputs + from;
      int32_t i = 0;
      for (; i + EOQ_CHANNELS <= n; i += EOQ_CHANNELS) eoq_add_errors(e, s->outputs, w + i, pitch, sums + i);
      if (i == n) continue;
      int32_t rest[EOQ_CHANNELS] = { 0 }; /* of more channels than there are: weights can be read beyond their end */
      eoq_add_errors(e, s->outputs, w + i, pitch, rest);
      for (int32_t j = 0; i < n; i++, j++) sums[i] += rest[j];
    }
  }
}

/* Gradients of all weights of output k. */
static void eoq_gradient_sums(const eoq_shape *s, const int8_t *x, const int8_t *dy, int32_t k, int32_t *sums) {
  const int32_t run = s->kernel * s->inputs, pitch = s->width * s->inputs;
  for (int32_t i = 0; i < s->kernel * run; i++) sums[i] = 0;
  const int8_t *e = dy + k;
  for (int32_t oy = 0; oy < s->out_height; oy++) {
    const int32_t top = oy * s->stride - s->padding;
    int32_t y0, y1;
    eoq_taps(top, s->height, s->kernel, &y0, &y1);
    for (int32_t ox = 0; ox < s->out_width; ox++, e += s->outputs) {
      if (*e == 0) continue;
      const int32_t left = ox * s->stride - s->padding;
      int32_t x0, x1;
      eoq_taps(left, s->width, s->kernel, &x0, &x1);
      const int8_t *row = x + (top + y0) * pitch + (left + x0) * s->inputs;
      int32_t *to = sums + y0 * run + x0 * s->inputs;
      for (int32_t ky = y0; ky < y1; ky++, row += pitch, to += run) eoq_axpy(to, *e, row, (x1 - x0) * s->inputs);
    }
  }
}

#endif
