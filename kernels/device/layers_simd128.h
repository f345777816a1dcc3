/* layers_simd128.h: the three passes of a convolution over a whole layer, with
 * the vectors of WebAssembly, where there is room for all its sums: by points
 * where that is exact and less work, else product by product. */
#ifndef EOQ_DEVICE_LAYERS_SIMD128_H
#define EOQ_DEVICE_LAYERS_SIMD128_H

#include "tiles_simd128.h"
#include "winograd_simd128.h"

/* All sums of a convolution, (out_height, out_width, outputs). */
static void eoq_forward_layer(const eoq_layer *l, const int8_t *x, int32_t add, int32_t *sums) {
  const eoq_shape *s = &l->shape;
  const int32_t even = eoq_rounded_up(s->inputs, 2), pitch = (s->width + 2 * s->padding) * even;
  eoq_widen(x, s->height, s->width, s->inputs, s->padding);
  eoq_pack_forward(l);
  const int32_t pairs = s->kernel * even / 2;
  const eoq_tile_steps t = { .rows = s->kernel,
                             .pairs = pairs,
                             .lane_row = pairs * EOQ_TILE_PAIR,
                             .lane_pair = EOQ_TILE_PAIR,
                             .factor_row = pitch,
                             .factor_pair = 2,
                             .factor_pixel = s->stride * even };
  const eoq_filled to = { sums, s->out_height, s->out_width, s->out_width * s->outputs, s->outputs, s->outputs };
  if (eoq_in_points(s)) eoq_fill_by_points(to, s->inputs, eoq_source, pitch, add);
  else eoq_fill(to, t, eoq_source, s->stride * pitch, add);
}

/* All sums of the error of a convolution's input, (height, width, inputs): a convolution of the output's error, for
 * each place that a pixel can have within a stride. */
static void eoq_error_layer(const eoq_layer *l, const int8_t *dy, int32_t *sums) {
  const eoq_shape *s = &l->shape;
  const int32_t even = eoq_rounded_up(s->outputs, 2), padding = s->kernel - 1;
  const int32_t pitch = (s->out_width + 2 * padding) * even;
  eoq_widen(dy, s->out_height, s->out_width, s->outputs, padding);
  for (int32_t y = 0; y < s->stride; y++) {
    const eoq_phase v = eoq_phase_of(s, s->height, y);
    for (int32_t x = 0; x < s->stride; x++) {
      const eoq_phase h = eoq_phase_of(s, s->width, x);
      eoq_pack_backward(l, v, h);
      const int32_t pairs = h.taps * even / 2;
      const eoq_tile_steps t = { .rows = v.taps,
                                 .pairs = pairs,
                                 .lane_row = pairs * EOQ_TILE_PAIR,
                                 .lane_pair = EOQ_TILE_PAIR,
                                 .factor_row = pitch,
                                 .factor_pair = 2,
                                 .factor_pixel = even };
      const eoq_filled to = { .sums = sums + (y * s->width + x) * s->inputs,
                              .height = v.pixels,
                              .width = h.pixels,
                              .row = s->stride * s->width * s->inputs,
                              .pixel = s->stride * s->inputs,
                              .channels = s->inputs };
      const int16_t *source = eoq_source + (v.from + padding) * pitch + (h.from + padding) * even;
      if (eoq_in_points(s)) eoq_fill_by_points(to, s->outputs, source, pitch, 0);
      else eoq_fill(to, t, source, pitch, 0);
    }
  }
}

/* Gradients of all weights, (outputs, kernel, kernel, inputs). */
static void eoq_gradient_layer(const eoq_shape *s, const int8_t *x, const int8_t *dy, int32_t *sums) {
  const int32_t pairs = (s->out_width + 1) / 2, band = pairs < EOQ_BAND ? EOQ_BAND / pairs : 1;
  if (eoq_in_points(s)) {
    eoq_gradients_by_points(s, x, dy, sums);
    return;
  }
  memset(sums, 0, (size_t)(s->outputs * s->kernel * s->kernel * s->inputs) * sizeof *sums);
  eoq_pair_pixels(x, s->height, s->width, s->inputs, s->padding, s->height + 2 * s->padding, s->width + 2 * s->padding,
                  s->stride);
  eoq_pair_errors(s, dy);
  for (int32_t y = 0; y < s->out_height; y += band) {
    const int32_t rows = s->out_height - y < band ? s->out_height - y : band;
    for (int32_t ky = 0; ky < s->kernel; ky++) eoq_gradient_band(s, ky, y, rows, sums);
  }
}

#endif
