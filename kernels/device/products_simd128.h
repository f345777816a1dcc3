/* products_simd128.h: what products.h has, with the vectors of WebAssembly: the
 * same sums, for the page that trains in a browser. Exact instructions alone:
 * i32x4.dot_i16x8_s multiplies eight pairs and adds neighbours, which nothing
 * that int8 makes overflows. Here are those of one pixel; whole layers have tiles. */
#ifndef EOQ_DEVICE_PRODUCTS_SIMD128_H
#define EOQ_DEVICE_PRODUCTS_SIMD128_H

#include <wasm_simd128.h>

#include "elements_simd128.h"
#include "layers_simd128.h"
#include "update_simd128.h"
#include "window.h"

/* Weights that are read beyond the last: none. */
enum { EOQ_CHANNELS = 0, EOQ_QUARTER = 4 };

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
  const int32_t whole = length - length % EOQ_LANES;
  const int8_t *w = l->weights + from * length;
  int32_t k = 0;
  for (; k + EOQ_QUARTER <= n; k += EOQ_QUARTER, w += EOQ_QUARTER * length) {
    const int8_t *b = w + length, *c = b + length, *d = c + length;
    v128_t p = wasm_i32x4_splat(0), q = p, r = p, s = p;
    for (int32_t i = 0; i < whole; i += EOQ_LANES) {
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
    for (int32_t i = 0; i < whole; i += EOQ_LANES) p = eoq_dotted(p, w + i, wasm_i16x8_load8x8(window + i));
    sums[k] = add + wasm_i32x4_extract_lane(eoq_sums_of_lanes(p, p, p, p), 0);
    for (int32_t i = whole; i < length; i++) sums[k] += window[i] * w[i];
  }
}

/* Gradients of all weights: those of the first output fill the room for all (html/write.ts), the others are there. */
static void eoq_gradient_sums(const eoq_shape *s, const int8_t *x, const int8_t *dy, int32_t k, int32_t *sums) {
  if (k == 0) eoq_gradient_layer(s, x, dy, sums);
}

/* Sums of channels [from, from + n) of the error of a dense layer's input; pixel (y, x) is its only one. */
static void eoq_error_sums(const eoq_layer *l, const int8_t *dy, int32_t y, int32_t x, int32_t from, int32_t n,
                           int32_t *sums) {
  const int32_t pitch = l->shape.inputs, outputs = l->shape.outputs;
  (void)y;
  (void)x;
  memset(sums, 0, (size_t)n * sizeof *sums);
  for (int32_t k = 0; k < outputs; k++) {
    const int8_t *w = l->weights + k * pitch + from;
    const int32_t e = dy[k];
    if (e == 0) continue;
    for (int32_t i = 0; i < n; i++) sums[i] += e * w[i];
  }
}

#endif
