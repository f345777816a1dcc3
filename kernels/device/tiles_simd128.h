/* tiles_simd128.h: sums of products of int8 in tiles of registers, with the
 * vectors of WebAssembly, for the three passes of a convolution over a whole
 * layer (layers_simd128.h).
 *
 * All three come down to one loop. Its lanes are 8 channels (or 8 weights of a
 * window's row), its factors those of 4 pixels (or 4 outputs), and each step
 * multiplies two summands that lie side by side as int16: i32x4.dot_i16x8_s is
 * exact, and nothing that int8 makes overflows it. So 64 products take 6 loads
 * of what was widened once, not with each product.
 *
 * The build defines, in int16
 *   EOQ_MOST_PACKED   weights of the largest layer, channels rounded up to lanes and pairs
 *   EOQ_MOST_SOURCE   the largest tensor that is read, with its padding and as pairs
 *   EOQ_MOST_FACTORS  the largest error as pairs of pixels
 * and in int8
 *   EOQ_MOST_PADDED   the largest input of a convolution with its padding, and one stride more */
#ifndef EOQ_DEVICE_TILES_SIMD128_H
#define EOQ_DEVICE_TILES_SIMD128_H

#include <wasm_simd128.h>

#include "window.h"

enum { EOQ_LANES = 8, EOQ_FACTORS = 4, EOQ_TILE_PAIR = 2 * EOQ_LANES };

static int16_t eoq_packed[EOQ_MOST_PACKED];
static int16_t eoq_source[EOQ_MOST_SOURCE + EOQ_TILE_PAIR];
static int16_t eoq_factors[EOQ_MOST_FACTORS];
static int8_t eoq_padded[EOQ_MOST_PADDED];

static inline int32_t eoq_rounded_up(int32_t n, int32_t unit) {
  return (n + unit - 1) / unit * unit;
}

/* Where a tile reads: `rows` rows of `pairs` pairs; steps in int16. */
typedef struct {
  int32_t rows, pairs;
  int32_t lane_row, lane_pair;                   /* of the vectors of lanes */
  int32_t factor_row, factor_pair, factor_pixel; /* of the factors, the last from one to the next */
} eoq_tile_steps;

/* sums[2 j], sums[2 j + 1] += the lanes times factor j, over all pairs. */
static inline void eoq_tile(eoq_tile_steps t, const int16_t *lanes, const int16_t *factors, int32_t count,
                            v128_t *sums) {
  for (int32_t row = 0; row < t.rows; row++, lanes += t.lane_row, factors += t.factor_row) {
    const int16_t *w = lanes, *f = factors;
    for (int32_t i = 0; i < t.pairs; i++, w += t.lane_pair, f += t.factor_pair) {
      const v128_t low = wasm_v128_load(w), high = wasm_v128_load(w + EOQ_LANES);
      for (int32_t j = 0; j < count; j++) {
        const v128_t factor = wasm_v128_load32_splat(f + j * t.factor_pixel);
        sums[2 * j] = wasm_i32x4_add(sums[2 * j], wasm_i32x4_dot_i16x8(low, factor));
        sums[2 * j + 1] = wasm_i32x4_add(sums[2 * j + 1], wasm_i32x4_dot_i16x8(high, factor));
      }
    }
  }
}

/* The first `n` of the sums of 8 lanes, at most all. */
static inline void eoq_store_lanes(int32_t *to, v128_t low, v128_t high, int32_t n) {
  if (n >= EOQ_LANES) {
    wasm_v128_store(to, low);
    wasm_v128_store(to + EOQ_LANES / 2, high);
    return;
  }
  const v128_t all[2] = { low, high };
  memcpy(to, all, (size_t)n * sizeof *to);
}

/* Adds them to what is there. */
static inline void eoq_add_lanes(int32_t *to, v128_t low, v128_t high, int32_t n) {
  if (n >= EOQ_LANES) {
    wasm_v128_store(to, wasm_i32x4_add(wasm_v128_load(to), low));
    wasm_v128_store(to + EOQ_LANES / 2, wasm_i32x4_add(wasm_v128_load(to + EOQ_LANES / 2), high));
    return;
  }
  int32_t all[EOQ_LANES];
  eoq_store_lanes(all, low, high, EOQ_LANES);
  for (int32_t i = 0; i < n; i++) to[i] += all[i];
}

/* 16 int8 of two rows, a and b by turns, as int16. */
static inline void eoq_store_pairs(int16_t *to, v128_t a, v128_t b) {
  const v128_t both = wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  wasm_v128_store(to, wasm_i16x8_extend_low_i8x16(both));
  wasm_v128_store(to + EOQ_LANES, wasm_i16x8_extend_high_i8x16(both));
}

/* to[2 i] = a[i], to[2 i + 1] = b[i], or 0 where there is no b */
static inline void eoq_pair_rows(int16_t *to, const int8_t *a, const int8_t *b, int32_t n) {
  int32_t i = 0;
  for (; i + EOQ_LANES <= n; i += EOQ_LANES) {
    const v128_t second = b == NULL ? wasm_i8x16_splat(0) : wasm_v128_load64_zero(b + i);
    eoq_store_pairs(to + 2 * i, wasm_v128_load64_zero(a + i), second);
  }
  for (; i < n; i++) {
    to[2 * i] = a[i];
    to[2 * i + 1] = b == NULL ? 0 : b[i];
  }
}

/* Widens x (height, width, channels) into eoq_source, with `padding` pixels around it and an even number of channels. */
static void eoq_widen(const int8_t *x, int32_t height, int32_t width, int32_t channels, int32_t padding) {
  const int32_t even = eoq_rounded_up(channels, 2), pitch = (width + 2 * padding) * even;
  memset(eoq_source, 0, (size_t)((height + 2 * padding) * pitch) * sizeof *eoq_source);
  for (int32_t y = 0; y < height; y++) {
    int16_t *to = eoq_source + (y + padding) * pitch + padding * even;
    if (even == channels) {
      int32_t i = 0;
      for (; i + EOQ_LANES <= width * channels; i += EOQ_LANES, x += EOQ_LANES) {
        wasm_v128_store(to + i, wasm_i16x8_load8x8(x));
      }
      for (; i < width * channels; i++) to[i] = *x++;
      continue;
    }
    for (int32_t i = 0; i < width; i++, to += even) {
      for (int32_t c = 0; c < channels; c++) to[c] = *x++;
    }
  }
}

/* Pixels of a tensor of sums that tiles fill: `height` by `width`, steps in elements. */
typedef struct {
  int32_t *sums;
  int32_t height, width, row, pixel, channels;
} eoq_filled;

/* Sums of all pixels, whose first reads `source`, with the packed weights. */
static void eoq_fill(eoq_filled to, eoq_tile_steps t, const int16_t *source, int32_t source_row, int32_t add) {
  const int16_t *w = eoq_packed;
  for (int32_t from = 0; from < to.channels; from += EOQ_LANES, w += t.rows * t.pairs * EOQ_TILE_PAIR) {
    for (int32_t y = 0; y < to.height; y++) {
      int32_t *sums = to.sums + y * to.row + from, x = 0;
      const int16_t *row = source + y * source_row;
      for (; x + EOQ_FACTORS <= to.width; x += EOQ_FACTORS) {
        v128_t lanes[2 * EOQ_FACTORS];
        for (int32_t i = 0; i < 2 * EOQ_FACTORS; i++) lanes[i] = wasm_i32x4_splat(add);
        eoq_tile(t, w, row + x * t.factor_pixel, EOQ_FACTORS, lanes);
        for (int32_t j = 0; j < EOQ_FACTORS; j++, sums += to.pixel) {
          eoq_store_lanes(sums, lanes[2 * j], lanes[2 * j + 1], to.channels - from);
        }
      }
      for (; x < to.width; x++, sums += to.pixel) {
        v128_t lanes[2] = { wasm_i32x4_splat(add), wasm_i32x4_splat(add) };
        eoq_tile(t, w, row + x * t.factor_pixel, 1, lanes);
        eoq_store_lanes(sums, lanes[0], lanes[1], to.channels - from);
      }
    }
  }
}

/* Pairs of 8 inputs each of 8 outputs become vectors of pairs of one input each: 8 times 8 int16 are transposed. */
static inline void eoq_pack_outputs(const int8_t *w, int32_t length, int16_t *to) {
  v128_t a[EOQ_LANES], b[EOQ_LANES];
  for (int32_t k = 0; k < EOQ_LANES; k++) a[k] = wasm_v128_load(w + k * length);
  for (int32_t turn = 0; turn < 3; turn++) { /* each turn puts rows that are 4 apart side by side */
    for (int32_t k = 0; k < EOQ_LANES / 2; k++) {
      b[2 * k] = wasm_i16x8_shuffle(a[k], a[k + EOQ_LANES / 2], 0, 8, 1, 9, 2, 10, 3, 11);
      b[2 * k + 1] = wasm_i16x8_shuffle(a[k], a[k + EOQ_LANES / 2], 4, 12, 5, 13, 6, 14, 7, 15);
    }
    for (int32_t k = 0; k < EOQ_LANES; k++) a[k] = b[k];
  }
  for (int32_t k = 0; k < EOQ_LANES; k++, to += EOQ_TILE_PAIR) {
    wasm_v128_store(to, wasm_i16x8_extend_low_i8x16(a[k]));
    wasm_v128_store(to + EOQ_LANES, wasm_i16x8_extend_high_i8x16(a[k]));
  }
}

/* Weights as forward tiles read them: 8 outputs are lanes, two inputs of a tap a pair. */
static void eoq_pack_forward(const eoq_layer *l) {
  const int32_t taps = l->shape.kernel * l->shape.kernel, inputs = l->shape.inputs, outputs = l->shape.outputs;
  const int32_t even = eoq_rounded_up(inputs, 2), length = taps * inputs;
  int16_t *to = eoq_packed;
  for (int32_t from = 0; from < outputs; from += EOQ_LANES) {
    const int8_t *w = l->weights + from * length;
    if (length % EOQ_TILE_PAIR == 0 && even == inputs && from + EOQ_LANES <= outputs) {
      for (int32_t i = 0; i < length; i += EOQ_TILE_PAIR, to += EOQ_LANES * EOQ_TILE_PAIR) {
        eoq_pack_outputs(w + i, length, to);
      }
      continue;
    }
    for (int32_t i = 0; i < taps * even; i += 2, to += EOQ_TILE_PAIR) {
      for (int32_t j = 0; j < EOQ_TILE_PAIR; j++) {
        const int32_t k = j / 2, c = i % even + j % 2, there = c < inputs && from + k < outputs;
        to[j] = there ? w[k * length + i / even * inputs + c] : 0;
      }
    }
  }
}

/* One axis of the error: pixels `place`, `place` + stride ... read taps `first`, `first` + stride ..., of which there
 * are `taps`; the first of the pixels reads the last tap at output `from`. */
typedef struct {
  int32_t pixels, first, taps, from;
} eoq_phase;

static eoq_phase eoq_phase_of(const eoq_shape *s, int32_t size, int32_t place) {
  const int32_t first = (place + s->padding) % s->stride;
  const int32_t taps = first < s->kernel ? (s->kernel - 1 - first) / s->stride + 1 : 0;
  const int32_t pixels = place < size ? (size - 1 - place) / s->stride + 1 : 0;
  return (eoq_phase){ pixels, first, taps, (place + s->padding - first) / s->stride - taps + 1 };
}

/* Weights as tiles of an error read them: 8 inputs are lanes, two outputs a pair; taps from the last to the first. */
static void eoq_pack_backward(const eoq_layer *l, eoq_phase v, eoq_phase h) {
  const eoq_shape *s = &l->shape;
  const int32_t length = s->kernel * s->kernel * s->inputs;
  int16_t *to = eoq_packed;
  for (int32_t from = 0; from < s->inputs; from += EOQ_LANES) {
    const int32_t n = s->inputs - from < EOQ_LANES ? s->inputs - from : EOQ_LANES;
    for (int32_t ty = v.taps - 1; ty >= 0; ty--) {
      for (int32_t tx = h.taps - 1; tx >= 0; tx--) {
        const int32_t tap = (v.first + ty * s->stride) * s->kernel + h.first + tx * s->stride;
        const int8_t *w = l->weights + tap * s->inputs + from;
        for (int32_t k = 0; k < s->outputs; k += 2, w += 2 * length, to += EOQ_TILE_PAIR) {
          if (n < EOQ_LANES) memset(to, 0, EOQ_TILE_PAIR * sizeof *to);
          eoq_pair_rows(to, w, k + 1 < s->outputs ? w + length : NULL, n);
        }
      }
    }
  }
}

/* x (height, width, channels), which lies `padding` pixels within `rows` by `columns` of zeros, becomes pairs in
 * eoq_source: each element beside the one that is `apart` pixels further on. */
static void eoq_pair_pixels(const int8_t *x, int32_t height, int32_t width, int32_t channels, int32_t padding,
                            int32_t rows, int32_t columns, int32_t apart) {
  const int32_t row = width * channels, pitch = columns * channels, count = rows * pitch;
  memset(eoq_padded, 0, (size_t)(count + apart * channels));
  for (int32_t y = 0; y < height; y++, x += row) {
    memcpy(eoq_padded + (y + padding) * pitch + padding * channels, x, (size_t)row);
  }
  eoq_pair_rows(eoq_source, eoq_padded, eoq_padded + apart * channels, count);
}

/* dy (out_height, out_width, outputs) becomes pairs of neighbours in a row in eoq_factors, the last of an odd row
 * beside 0, with outputs in multiples of EOQ_FACTORS. */
static void eoq_pair_errors(const eoq_shape *s, const int8_t *dy) {
  const int32_t outputs = eoq_rounded_up(s->outputs, EOQ_FACTORS);
  int16_t *to = eoq_factors;
  for (int32_t y = 0; y < s->out_height; y++) {
    for (int32_t x = 0; x < s->out_width; x += 2, to += 2 * outputs) {
      const int8_t *e = dy + (y * s->out_width + x) * s->outputs;
      eoq_pair_rows(to, e, x + 1 < s->out_width ? e + s->outputs : NULL, s->outputs);
      for (int32_t i = 2 * s->outputs; i < 2 * outputs; i++) to[i] = 0;
    }
  }
}

/* A shortcut's error as an error of what the shortcut reads, in eoq_padded; one that changes nothing as it is. */
static const int8_t *eoq_spread_shortcut(const eoq_shape *s, const int8_t *dy) {
  if (s->stride == 1 && s->inputs == s->outputs) return dy;
  memset(eoq_padded, 0, (size_t)(s->height * s->width * s->inputs));
  for (int32_t y = 0; y < s->out_height; y++) {
    for (int32_t x = 0; x < s->out_width; x++, dy += s->outputs) {
      memcpy(eoq_padded + (y * s->width + x) * s->stride * s->inputs, dy, (size_t)s->inputs);
    }
  }
  return eoq_padded;
}

/* Pairs of pixels whose products are summed before the next weights have theirs: what they read stays in a cache. */
enum { EOQ_BAND = 256 };

/* Adds what output rows [y, y + rows) bring to the gradients of row ky of all windows. */
static void eoq_gradient_band(const eoq_shape *s, int32_t ky, int32_t y, int32_t rows, int32_t *sums) {
  const int32_t outputs = eoq_rounded_up(s->outputs, EOQ_FACTORS), run = s->kernel * s->inputs;
  const int32_t pitch = 2 * (s->width + 2 * s->padding) * s->inputs, pairs = (s->out_width + 1) / 2;
  const eoq_tile_steps t = { .rows = rows,
                             .pairs = pairs,
                             .lane_row = s->stride * pitch,
                             .lane_pair = 4 * s->stride * s->inputs,
                             .factor_row = pairs * 2 * outputs,
                             .factor_pair = 2 * outputs,
                             .factor_pixel = 2 };
  for (int32_t from = 0; from < run; from += EOQ_LANES) {
    const int16_t *x = eoq_source + (y * s->stride + ky) * pitch + 2 * from;
    for (int32_t k = 0; k < s->outputs; k += EOQ_FACTORS) {
      v128_t lanes[2 * EOQ_FACTORS];
      for (int32_t i = 0; i < 2 * EOQ_FACTORS; i++) lanes[i] = wasm_i32x4_splat(0);
      eoq_tile(t, x, eoq_factors + y * t.factor_row + 2 * k, EOQ_FACTORS, lanes);
      for (int32_t j = 0; j < EOQ_FACTORS && k + j < s->outputs; j++) {
        eoq_add_lanes(sums + ((k + j) * s->kernel + ky) * run + from, lanes[2 * j], lanes[2 * j + 1], run - from);
      }
    }
  }
}

#endif
