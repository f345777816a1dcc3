/* winograd_simd128.h: convolutions of 3x3 that keep the size of their input, in
 * a quarter of the products, with the vectors of WebAssembly: F(4x4, 3x3) of
 * Lavin and Gray (Fast Algorithms for Convolutional Neural Networks, CVPR 2016),
 * in whole numbers and exact.
 *
 * A tile of 6x6 inputs and a window of weights each become 36 points, B^T d B
 * and G g G^T, whose products summed over channels become a tile of 4x4 sums,
 * A^T m A. The gradient of a window is the transpose: G^T m G of the products
 * of B^T d B and A e A^T. Here G and A have no fractions: their rows are
 * multiplied by whole numbers, so that what comes out is 24 * 24 = 9 * 2^6
 * times the sum. All of it is modulo 2^32, where 9 has an inverse; the shift by
 * 6 then leaves 26 bits. So sums within 2^25 are exact, whatever wraps before.
 *
 * Points are int16: of int8 those of inputs are within 10 * 10 * 2^7, those of
 * weights within 12 * 12 * 2^7, those of errors within 15 * 15 * 2^7. */
#ifndef EOQ_DEVICE_WINOGRAD_SIMD128_H
#define EOQ_DEVICE_WINOGRAD_SIMD128_H

#include <wasm_simd128.h>

#include "tiles_simd128.h"

enum { EOQ_SIDE = 4, EOQ_REACH = 6, EOQ_POINTS = EOQ_REACH * EOQ_REACH, EOQ_TAPS = 9 };

/* Most products of two int8 in a sum. */
enum { EOQ_MOST_PRODUCTS = (1 << 25) / (128 * 128) - 1 };

static int16_t eoq_points[EOQ_MOST_POINTS];
static int16_t eoq_other_points[EOQ_MOST_OTHER_POINTS];

/* Tiles of a tensor, in pairs side by side. */
static inline int32_t eoq_tile_rows(int32_t height) {
  return (height + EOQ_SIDE - 1) / EOQ_SIDE;
}

static inline int32_t eoq_tile_pairs(int32_t width) {
  return (width + 2 * EOQ_SIDE - 1) / (2 * EOQ_SIDE);
}

/* Whether the passes of a convolution are exact in tiles, whole vectors, and at most half of the products. Where no
 * layer's are, there is no memory, and compilers leave out what follows. */
static inline int32_t eoq_in_points(const eoq_shape *s) {
  const int32_t pixels = s->height * s->width, tiles = 2 * eoq_tile_rows(s->height) * eoq_tile_pairs(s->width);
  return EOQ_MOST_POINTS > 1 && s->kernel == 3 && s->stride == 1 && s->padding == 1 && s->inputs % EOQ_LANES == 0 &&
         s->outputs % EOQ_LANES == 0 && EOQ_TAPS * s->inputs <= EOQ_MOST_PRODUCTS &&
         EOQ_TAPS * s->outputs <= EOQ_MOST_PRODUCTS && pixels <= EOQ_MOST_PRODUCTS &&
         2 * EOQ_POINTS * eoq_rounded_up(tiles, EOQ_FACTORS) <= EOQ_TAPS * pixels;
}

/* One axis of a transform. */
typedef void (*eoq_line)(const v128_t *x, v128_t *y);

/* B^T of 6 int16. */
static inline void eoq_input_line(const v128_t *x, v128_t *y) {
  const v128_t a = wasm_i16x8_sub(x[4], wasm_i16x8_shl(x[2], 2)), b = wasm_i16x8_sub(x[3], wasm_i16x8_shl(x[1], 2));
  const v128_t c = wasm_i16x8_sub(x[4], x[2]), d = wasm_i16x8_shl(wasm_i16x8_sub(x[3], x[1]), 1);
  y[0] = wasm_i16x8_add(wasm_i16x8_shl(wasm_i16x8_sub(x[0], x[2]), 2), c);
  y[1] = wasm_i16x8_add(a, b);
  y[2] = wasm_i16x8_sub(a, b);
  y[3] = wasm_i16x8_add(c, d);
  y[4] = wasm_i16x8_sub(c, d);
  y[5] = wasm_i16x8_sub(wasm_i16x8_sub(x[5], x[3]), wasm_i16x8_shl(d, 1));
}

/* G of 3 int16, rows times 24, but the last, times 3. */
static inline void eoq_weight_line(const v128_t *x, v128_t *y) {
  const v128_t ends = wasm_i16x8_add(x[0], x[2]), by = wasm_i16x8_splat(-4);
  const v128_t far = wasm_i16x8_add(x[0], wasm_i16x8_shl(x[2], 2)), twice = wasm_i16x8_shl(x[1], 1);
  y[0] = wasm_i16x8_mul(x[0], wasm_i16x8_splat(6));
  y[1] = wasm_i16x8_mul(wasm_i16x8_add(ends, x[1]), by);
  y[2] = wasm_i16x8_mul(wasm_i16x8_sub(ends, x[1]), by);
  y[3] = wasm_i16x8_add(far, twice);
  y[4] = wasm_i16x8_sub(far, twice);
  y[5] = wasm_i16x8_mul(x[2], wasm_i16x8_splat(3));
}

/* A^T of 6 int32, the last column times 8. */
static inline void eoq_output_line(const v128_t *x, v128_t *y) {
  const v128_t a = wasm_i32x4_add(x[1], x[2]), b = wasm_i32x4_sub(x[1], x[2]);
  const v128_t c = wasm_i32x4_add(x[3], x[4]), d = wasm_i32x4_sub(x[3], x[4]);
  y[0] = wasm_i32x4_add(wasm_i32x4_add(x[0], a), c);
  y[1] = wasm_i32x4_add(b, wasm_i32x4_shl(d, 1));
  y[2] = wasm_i32x4_add(a, wasm_i32x4_shl(c, 2));
  y[3] = wasm_i32x4_add(b, wasm_i32x4_shl(wasm_i32x4_add(d, x[5]), 3));
}

/* A of 4 int16, the first row times 6, the last times 3. */
static inline void eoq_error_line(const v128_t *x, v128_t *y) {
  const v128_t even = wasm_i16x8_add(x[0], x[2]), odd = wasm_i16x8_add(x[1], x[3]);
  const v128_t far = wasm_i16x8_add(x[0], wasm_i16x8_shl(x[2], 2));
  const v128_t side = wasm_i16x8_shl(wasm_i16x8_add(x[1], wasm_i16x8_shl(x[3], 2)), 1);
  y[0] = wasm_i16x8_mul(x[0], wasm_i16x8_splat(6));
  y[1] = wasm_i16x8_add(even, odd);
  y[2] = wasm_i16x8_sub(even, odd);
  y[3] = wasm_i16x8_add(far, side);
  y[4] = wasm_i16x8_sub(far, side);
  y[5] = wasm_i16x8_mul(x[3], wasm_i16x8_splat(3));
}

/* G^T of 6 int32, columns times 24 but for what errors have been multiplied by. */
static inline void eoq_gradient_line(const v128_t *x, v128_t *y) {
  const v128_t a = wasm_i32x4_add(x[1], x[2]), b = wasm_i32x4_sub(x[1], x[2]);
  const v128_t c = wasm_i32x4_add(x[3], x[4]), d = wasm_i32x4_sub(x[3], x[4]);
  y[0] = wasm_i32x4_sub(wasm_i32x4_add(x[0], c), wasm_i32x4_shl(a, 2));
  y[1] = wasm_i32x4_shl(wasm_i32x4_sub(d, wasm_i32x4_shl(b, 1)), 1);
  y[2] = wasm_i32x4_shl(wasm_i32x4_add(wasm_i32x4_sub(c, a), wasm_i32x4_shl(x[5], 1)), 2);
}

/* Both axes: to[(i * out + j) * step] of `in` by `in` vectors, `row` and `column` bytes apart. */
static inline void eoq_transform(eoq_line line, int32_t in, int32_t out, const void *from, int32_t row, int32_t column,
                                 void *to, int32_t step) {
  v128_t half[EOQ_REACH][EOQ_REACH], x[EOQ_REACH], y[EOQ_REACH];
  for (int32_t j = 0; j < in; j++) {
    for (int32_t i = 0; i < in; i++) x[i] = wasm_v128_load((const uint8_t *)from + i * row + j * column);
    line(x, y);
    for (int32_t i = 0; i < out; i++) half[i][j] = y[i];
  }
  for (int32_t i = 0; i < out; i++) {
    line(half[i], y);
    for (int32_t j = 0; j < out; j++) wasm_v128_store((uint8_t *)to + (i * out + j) * step, y[j]);
  }
}

/* The sum of which x is 9 * 2^6 times as much. */
static inline v128_t eoq_sum_of_points(v128_t x) {
  return wasm_i32x4_shr(wasm_i32x4_mul(x, wasm_i32x4_splat(954437177)), 6);
}

/* Products of 8 lanes and 4 factors, `pairs` pairs of each, at all points; steps in int16, from a point to the next. */
static inline void eoq_multiply_points(eoq_tile_steps t, const int16_t *lanes, int32_t lane_step,
                                       const int16_t *factors, int32_t factor_step,
                                       v128_t sums[EOQ_POINTS][2 * EOQ_FACTORS]) {
  for (int32_t p = 0; p < EOQ_POINTS; p++, lanes += lane_step, factors += factor_step) {
    v128_t own[2 * EOQ_FACTORS];
    for (int32_t i = 0; i < 2 * EOQ_FACTORS; i++) own[i] = wasm_i32x4_splat(0);
    eoq_tile(t, lanes, factors, EOQ_FACTORS, own);
    for (int32_t i = 0; i < 2 * EOQ_FACTORS; i++) sums[p][i] = own[i];
  }
}

/* Sums of lanes [from, from + 8) of the tile whose first pixel is (y, x), of the points of factor j. */
static inline void eoq_store_tile(eoq_filled to, int32_t y, int32_t x, int32_t from, int32_t add,
                                  v128_t points[EOQ_POINTS][2 * EOQ_FACTORS], int32_t j) {
  const int32_t bytes = sizeof points[0], rows = to.height - y, columns = to.width - x;
  for (int32_t half = 0; half < 2; half++) {
    v128_t sums[EOQ_SIDE * EOQ_SIDE];
    eoq_transform(eoq_output_line, EOQ_REACH, EOQ_SIDE, &points[0][2 * j + half], EOQ_REACH * bytes, bytes, sums,
                  sizeof sums[0]);
    int32_t *first = to.sums + y * to.row + x * to.pixel + from + half * EOQ_LANES / 2;
    for (int32_t i = 0; i < EOQ_SIDE && i < rows; i++, first += to.row) {
      for (int32_t k = 0; k < EOQ_SIDE && k < columns; k++) {
        const v128_t sum = eoq_sum_of_points(sums[i * EOQ_SIDE + k]);
        wasm_v128_store(first + k * to.pixel, wasm_i32x4_add(sum, wasm_i32x4_splat(add)));
      }
    }
  }
}

/* Sums of all pixels, whose first reads `source`, with the packed weights of `inputs` channels; what a tile reads
 * beyond the image is in sums that are not stored. */
static void eoq_fill_by_points(eoq_filled to, int32_t inputs, const int16_t *source, int32_t source_row, int32_t add) {
  const int32_t columns = (to.width + EOQ_SIDE - 1) / EOQ_SIDE, tiles = eoq_tile_rows(to.height) * columns;
  const int32_t pairs = inputs / 2, tap = pairs * EOQ_TILE_PAIR, size = sizeof(int16_t);
  const int32_t group = EOQ_FACTORS * inputs; /* of a point */
  for (int32_t t = 0; t < tiles; t++) {
    const int16_t *from = source + t / columns * EOQ_SIDE * source_row + t % columns * EOQ_SIDE * inputs;
    int16_t *points = eoq_points + t / EOQ_FACTORS * EOQ_POINTS * group + t % EOQ_FACTORS * inputs;
    for (int32_t c = 0; c < inputs; c += EOQ_LANES) {
      eoq_transform(eoq_input_line, EOQ_REACH, EOQ_REACH, from + c, source_row * size, inputs * size, points + c,
                    group * size);
    }
  }
  const eoq_tile_steps steps = {
    .rows = 1, .pairs = pairs, .lane_pair = EOQ_TILE_PAIR, .factor_pair = 2, .factor_pixel = inputs
  };
  const int16_t *weights = eoq_packed;
  for (int32_t k = 0; k < to.channels; k += EOQ_LANES, weights += EOQ_TAPS * tap) {
    for (int32_t i = 0; i < tap; i += EOQ_LANES) {
      eoq_transform(eoq_weight_line, 3, EOQ_REACH, weights + i, 3 * tap * size, tap * size, eoq_other_points + i,
                    tap * size);
    }
    for (int32_t first = 0; first < tiles; first += EOQ_FACTORS) {
      v128_t sums[EOQ_POINTS][2 * EOQ_FACTORS];
      eoq_multiply_points(steps, eoq_other_points, tap, eoq_points + first * EOQ_POINTS * inputs, group, sums);
      for (int32_t t = first; t < first + EOQ_FACTORS && t < tiles; t++) {
        eoq_store_tile(to, t / columns * EOQ_SIDE, t % columns * EOQ_SIDE, k, add, sums, t - first);
      }
    }
  }
}

/* Points of all pairs of tiles in eoq_source, of which each reads `in` by `in` pixels; `lanes` int16 of a pair follow
 * those of the pair before. */
static inline void eoq_pairs_to_points(eoq_line line, int32_t in, const eoq_shape *s, int32_t channels, int32_t pitch,
                                       int32_t lanes, int16_t *to) {
  const int32_t rows = eoq_tile_rows(s->height), across = eoq_tile_pairs(s->width), pairs = rows * across;
  const int32_t size = sizeof(int16_t);
  for (int32_t t = 0; t < pairs; t++) {
    const int16_t *from = eoq_source + t / across * EOQ_SIDE * pitch + t % across * 4 * EOQ_SIDE * channels;
    for (int32_t c = 0; c < 2 * channels; c += EOQ_LANES) {
      eoq_transform(line, in, EOQ_REACH, from + c, pitch * size, 2 * channels * size,
                    to + (c / lanes * pairs + t) * lanes + c % lanes, 2 * channels * pairs * size);
    }
  }
}

/* Gradients of all weights, (outputs, 3, 3, inputs). */
static void eoq_gradients_by_points(const eoq_shape *s, const int8_t *x, const int8_t *dy, int32_t *sums) {
  const int32_t inputs = s->inputs, outputs = s->outputs;
  const int32_t rows = eoq_tile_rows(s->height), across = eoq_tile_pairs(s->width), pairs = rows * across;
  eoq_pair_pixels(x, s->height, s->width, inputs, 1, s->height + 2, s->width + 2, EOQ_SIDE);
  eoq_pairs_to_points(eoq_input_line, EOQ_REACH, s, inputs, 2 * (s->width + 2) * inputs, EOQ_TILE_PAIR, eoq_points);
  const int32_t width = 2 * EOQ_SIDE * across; /* beyond the image errors are 0, and what they meet does not matter */
  eoq_pair_pixels(dy, s->height, s->width, outputs, 0, EOQ_SIDE * rows, width, EOQ_SIDE);
  eoq_pairs_to_points(eoq_error_line, EOQ_SIDE, s, outputs, 2 * width * outputs, EOQ_LANES, eoq_other_points);
  const eoq_tile_steps steps = {
    .rows = 1, .pairs = pairs, .lane_pair = EOQ_TILE_PAIR, .factor_pair = EOQ_LANES, .factor_pixel = 2
  };
  for (int32_t k = 0; k < outputs; k += EOQ_FACTORS) {
    for (int32_t c = 0; c < inputs; c += EOQ_LANES) {
      v128_t points[EOQ_POINTS][2 * EOQ_FACTORS], taps[EOQ_TAPS];
      eoq_multiply_points(steps, eoq_points + 2 * c * pairs, 2 * inputs * pairs, eoq_other_points + 2 * k * pairs,
                          2 * outputs * pairs, points);
      for (int32_t j = 0; j < 2 * EOQ_FACTORS; j++) {
        const int32_t bytes = sizeof points[0];
        eoq_transform(eoq_gradient_line, EOQ_REACH, 3, &points[0][j], EOQ_REACH * bytes, bytes, taps, sizeof taps[0]);
        int32_t *to = sums + (k + j / 2) * EOQ_TAPS * inputs + c + j % 2 * EOQ_LANES / 2;
        for (int32_t i = 0; i < EOQ_TAPS; i++) wasm_v128_store(to + i * inputs, eoq_sum_of_points(taps[i]));
      }
    }
  }
}

#endif
