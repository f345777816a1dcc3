/* rows.h: sums of rows that are each multiplied with an error, on the way back:
 * weights for the errors of inputs, inputs for the gradients of weights. */
#ifndef EOQ_DEVICE_ROWS_H
#define EOQ_DEVICE_ROWS_H

#include "arm.h"
#include "window.h"

/* Rows that are listed at a time. */
enum { EOQ_ROWS = 32 };

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
