/* products_simd128.h: what products.h has, with the vectors of WebAssembly: the
 * same sums, for the page that trains in a browser. Exact instructions alone:
 * i32x4.dot_i16x8_s multiplies eight pairs and adds neighbours, which nothing
 * that int8 makes overflows.
 *
 * Errors are sparse, since ReLU's mask and rounding leave most of them 0: those
 * that are not are listed, and taken two at a time.
 *
 * The build defines
 *   EOQ_MOST_ERRORS   elements of the largest error
 *   EOQ_MOST_PIXELS   pixels of the largest error, and one more
 *   EOQ_MOST_PADDED   elements of the largest input of a convolution with its padding */
#ifndef EOQ_DEVICE_PRODUCTS_SIMD128_H
#define EOQ_DEVICE_PRODUCTS_SIMD128_H

#include <wasm_simd128.h>

#include "window.h"

enum { EOQ_LANES = 16, EOQ_HALF_LANES = 8, EOQ_QUARTER = 4, EOQ_MOST_GROUPS = 3 };

/* Weights that are read beyond the last: none. */
enum { EOQ_CHANNELS = 0 };

/* The sums of the lanes of four vectors. */
static inline v128_t eoq_sums_of_lanes(v128_t a, v128_t b, v128_t c, v128_t d) {
  const v128_t ab = wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 1, 4, 5), wasm_i32x4_shuffle(a, b, 2, 3, 6, 7));
  const v128_t cd = wasm_i32x4_add(wasm_i32x4_shuffle(c, d, 0, 1, 4, 5), wasm_i32x4_shuffle(c, d, 2, 3, 6, 7));
  return wasm_i32x4_add(wasm_i32x4_shuffle(ab, cd, 0, 2, 4, 6), wasm_i32x4_shuffle(ab, cd, 1, 3, 5, 7));
}

static inline v128_t eoq_dotted(v128_t sum, const int8_t *w, v128_t x) {
  return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(w), x));
}

/* Sums of outputs [from, from + n) of a pixel that reads `window`. */
static void eoq_forward_sums(const eoq_layer *l, const int8_t *window, int32_t from, int32_t n, int32_t add,
                             int32_t *sums) {
  const int32_t length = l->shape.kernel * l->shape.kernel * l->shape.inputs;
  const int32_t whole = length - length % EOQ_HALF_LANES;
  const int8_t *w = l->weights + from * length;
  int32_t k = 0;
  for (; k + EOQ_QUARTER <= n; k += EOQ_QUARTER, w += EOQ_QUARTER * length) {
    const int8_t *b = w + length, *c = b + length, *d = c + length;
    v128_t p = wasm_i32x4_splat(0), q = p, r = p, s = p;
    for (int32_t i = 0; i < whole; i += EOQ_HALF_LANES) {
      const v128_t x = wasm_i16x8_load8x8(window + i);
      p = eoq_dotted(p, w + i, x);
      q = eoq_dotted(q, b + i, x);
      r = eoq_dotted(r, c + i, x);
      s = eoq_dotted(s, d + i, x);
    }
    wasm_v128_store(sums + k, wasm_i32x4_add(eoq_sums_of_lanes(p, q, r, s), wasm_i32x4_splat(add)));
    for (int32_t i = whole; i < length; i++) {
      for (int32_t j = 0; j < EOQ_QUARTER; j++) sums[k + j] += window[i] * w[j * length + i];
    }
  }
  for (; k < n; k++, w += length) {
    v128_t p = wasm_i32x4_splat(0);
    for (int32_t i = 0; i < whole; i += EOQ_HALF_LANES) p = eoq_dotted(p, w + i, wasm_i16x8_load8x8(window + i));
    sums[k] = add + wasm_i32x4_extract_lane(eoq_sums_of_lanes(p, p, p, p), 0);
    for (int32_t i = whole; i < length; i++) sums[k] += window[i] * w[i];
  }
}

/* Two factors for i32x4.dot_i16x8_s. */
static inline v128_t eoq_pair(int32_t a, int32_t b) {
  return wasm_i32x4_splat((int32_t)((uint32_t)a & 0xffff) | (int32_t)((uint32_t)b << 16));
}

/* sums += a pair of factors times two rows, 16 elements of each. */
static inline void eoq_add_rows(v128_t *sums, v128_t factors, const int8_t *a, const int8_t *b) {
  const v128_t x = wasm_v128_load(a), y = wasm_v128_load(b);
  const v128_t low = wasm_i8x16_shuffle(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const v128_t high = wasm_i8x16_shuffle(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  sums[0] = wasm_i32x4_add(sums[0], wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(low), factors));
  sums[1] = wasm_i32x4_add(sums[1], wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(low), factors));
  sums[2] = wasm_i32x4_add(sums[2], wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(high), factors));
  sums[3] = wasm_i32x4_add(sums[3], wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(high), factors));
}

/* The outputs of each pixel whose errors are not 0: those of pixel i from eoq_starts[i] on. */
static uint16_t eoq_outputs_listed[EOQ_MOST_ERRORS];
static int32_t eoq_starts[EOQ_MOST_PIXELS];

static void eoq_list_errors(const eoq_shape *s, const int8_t *dy) {
  const int32_t pixels = s->out_height * s->out_width;
  int32_t listed = 0;
  for (int32_t i = 0; i < pixels; i++) {
    eoq_starts[i] = listed;
    for (int32_t k = 0; k < s->outputs; k++) {
      eoq_outputs_listed[listed] = (uint16_t)k;
      listed += dy[i * s->outputs + k] != 0;
    }
  }
  eoq_starts[pixels] = listed;
}

/* Adds to `groups` times 16 channels what one tap brings: weights `w` of that tap, `pitch` from output to output. */
static inline void eoq_error_tap(v128_t *sums, int32_t groups, const int8_t *w, int32_t pitch, const int8_t *e,
                                 const uint16_t *k, const uint16_t *end) {
  for (; k + 1 < end; k += 2) {
    const v128_t factors = eoq_pair(e[k[0]], e[k[1]]);
    const int8_t *a = w + k[0] * pitch, *b = w + k[1] * pitch;
    for (int32_t g = 0; g < groups; g++) {
      eoq_add_rows(sums + EOQ_QUARTER * g, factors, a + EOQ_LANES * g, b + EOQ_LANES * g);
    }
  }
  if (k == end) return;
  const v128_t factors = eoq_pair(e[k[0]], 0);
  const int8_t *a = w + k[0] * pitch;
  for (int32_t g = 0; g < groups; g++)
    eoq_add_rows(sums + EOQ_QUARTER * g, factors, a + EOQ_LANES * g, a + EOQ_LANES * g);
}

/* Sums of `groups` times 16 channels, or of `n` fewer than 16, from channel `from` on. */
static inline void eoq_error_channels(const eoq_layer *l, const int8_t *dy, int32_t y, int32_t x, int32_t from,
                                      int32_t groups, int32_t n, int32_t *sums) {
  const eoq_shape *s = &l->shape;
  const int32_t pitch = s->kernel * s->kernel * s->inputs;
  v128_t lanes[2 * EOQ_QUARTER];
  for (int32_t i = 0; i < EOQ_QUARTER * groups; i++) lanes[i] = wasm_i32x4_splat(0);
  for (int32_t ky = 0; ky < s->kernel; ky++) {
    const int32_t below = y + s->padding - ky;
    if (below < 0 || below % s->stride != 0 || below / s->stride >= s->out_height) continue;
    for (int32_t kx = 0; kx < s->kernel; kx++) {
      const int32_t right = x + s->padding - kx;
      if (right < 0 || right % s->stride != 0 || right / s->stride >= s->out_width) continue;
      const int32_t pixel = below / s->stride * s->out_width + right / s->stride;
      const int8_t *e = dy + pixel * s->outputs, *w = l->weights + (ky * s->kernel + kx) * s->inputs + from;
      const uint16_t *k = eoq_outputs_listed + eoq_starts[pixel], *end = eoq_outputs_listed + eoq_starts[pixel + 1];
      if (groups > 0) eoq_error_tap(lanes, groups, w, pitch, e, k, end);
      else {
        for (; k < end; k++) {
          for (int32_t i = 0; i < n; i++) sums[i] += e[*k] * w[*k * pitch + i];
        }
      }
    }
  }
  for (int32_t i = 0; i < EOQ_QUARTER * groups; i++) wasm_v128_store(sums + EOQ_QUARTER * i, lanes[i]);
}

/* Sums of channels [from, from + n) of the error of input pixel (y, x). Pixels come in their order. */
static void eoq_error_sums(const eoq_layer *l, const int8_t *dy, int32_t y, int32_t x, int32_t from, int32_t n,
                           int32_t *sums) {
  if (y == 0 && x == 0 && from == 0) eoq_list_errors(&l->shape, dy);
  int32_t done = 0;
  for (; done + 2 * EOQ_LANES <= n; done += 2 * EOQ_LANES) {
    eoq_error_channels(l, dy, y, x, from + done, 2, 0, sums + done);
  }
  for (; done + EOQ_LANES <= n; done += EOQ_LANES) eoq_error_channels(l, dy, y, x, from + done, 1, 0, sums + done);
  if (done == n) return;
  memset(sums + done, 0, (size_t)(n - done) * sizeof *sums);
  eoq_error_channels(l, dy, y, x, from + done, 0, n - done, sums + done);
}

/* The input with its padding, and room to read 16 elements at its end. */
static int8_t eoq_padded[EOQ_MOST_PADDED + EOQ_MOST_GROUPS * EOQ_LANES];

static void eoq_pad(const eoq_shape *s, const int8_t *x) {
  const int32_t width = (s->width + 2 * s->padding) * s->inputs, height = s->height + 2 * s->padding;
  memset(eoq_padded, 0, (size_t)(width * height));
  for (int32_t y = 0; y < s->height; y++) {
    memcpy(eoq_padded + (y + s->padding) * width + s->padding * s->inputs, x + y * s->width * s->inputs,
           (size_t)(s->width * s->inputs));
  }
}

/* Two windows, and the errors of their pixels. */
typedef struct {
  const int8_t *a, *b;
  v128_t factors;
} eoq_windows;

static eoq_windows eoq_windows_listed[EOQ_MOST_PIXELS];

/* Lists the windows whose pixel has an error of output k, two at a time; returns how many pairs they are. */
static int32_t eoq_list_windows(const eoq_shape *s, const int8_t *dy, int32_t k) {
  const int32_t width = (s->width + 2 * s->padding) * s->inputs;
  int32_t pairs = 0, first = 0;
  const int8_t *held = NULL;
  for (int32_t oy = 0; oy < s->out_height; oy++) {
    const int8_t *row = eoq_padded + oy * s->stride * width, *e = dy + oy * s->out_width * s->outputs + k;
    for (int32_t ox = 0; ox < s->out_width; ox++, e += s->outputs) {
      if (*e == 0) continue;
      const int8_t *window = row + ox * s->stride * s->inputs;
      if (held == NULL) {
        held = window;
        first = *e;
      } else {
        eoq_windows_listed[pairs++] = (eoq_windows){ held, window, eoq_pair(first, *e) };
        held = NULL;
      }
    }
  }
  if (held != NULL) eoq_windows_listed[pairs++] = (eoq_windows){ held, held, eoq_pair(first, 0) };
  return pairs;
}

/* Sums of `groups` times 16 weights, `at` elements from the first of their windows. */
static inline void eoq_gradient_group(int32_t pairs, int32_t at, int32_t groups, int32_t *sums) {
  v128_t lanes[EOQ_MOST_GROUPS * EOQ_QUARTER];
  for (int32_t i = 0; i < EOQ_QUARTER * groups; i++) lanes[i] = wasm_i32x4_splat(0);
  for (int32_t p = 0; p < pairs; p++) {
    const eoq_windows w = eoq_windows_listed[p];
    for (int32_t g = 0; g < groups; g++) {
      eoq_add_rows(lanes + EOQ_QUARTER * g, w.factors, w.a + at + EOQ_LANES * g, w.b + at + EOQ_LANES * g);
    }
  }
  for (int32_t i = 0; i < EOQ_QUARTER * groups; i++) wasm_v128_store(sums + EOQ_QUARTER * i, lanes[i]);
}

/* Gradients of all weights of output k. Outputs come in their order. */
static void eoq_gradient_sums(const eoq_shape *s, const int8_t *x, const int8_t *dy, int32_t k, int32_t *sums) {
  if (k == 0) eoq_pad(s, x);
  const int32_t pairs = eoq_list_windows(s, dy, k), run = s->kernel * s->inputs;
  const int32_t width = (s->width + 2 * s->padding) * s->inputs;
  int32_t group[EOQ_MOST_GROUPS * EOQ_LANES];
  for (int32_t ky = 0; ky < s->kernel; ky++) {
    int32_t *to = sums + ky * run;
    int32_t done = 0;
    for (; done + EOQ_MOST_GROUPS * EOQ_LANES <= run; done += EOQ_MOST_GROUPS * EOQ_LANES) {
      eoq_gradient_group(pairs, ky * width + done, EOQ_MOST_GROUPS, to + done);
    }
    for (; done < run; done += EOQ_LANES) {
      eoq_gradient_group(pairs, ky * width + done, 1, group);
      memcpy(to + done, group, (size_t)(run - done < EOQ_LANES ? run - done : EOQ_LANES) * sizeof *group);
    }
  }
}

#endif
