/* conv_pass.c: the geometry of the passes, the same for every arithmetic. */
#include "conv_pass.h"

static int32_t largest(int32_t a, int32_t b) {
  return a > b ? a : b;
}

void eoq_conv_forward_job(const eoq_conv_shape *s, eoq_conv_job *job) {
  *job = (eoq_conv_job){
    .images = s->n, .height = s->h, .width = s->w, .channels = s->c,
    .pad_top = s->pad, .pad_left = s->pad,
    .padded_height = s->h + 2 * s->pad, .padded_width = s->w + 2 * s->pad,
    .target_channels = s->k, .target_image = (size_t)s->oh * s->ow * s->k,
    .passes = 1,
  };
  const ptrdiff_t row = (ptrdiff_t)s->kernel * s->c;
  job->pass[0] = (eoq_conv_pass){
    .rows = s->oh, .columns = s->ow, .step = s->stride,
    .runs = s->kernel, .run = s->kernel * s->c,
    .row_pitch = (size_t)s->ow * s->k, .pixel_pitch = (size_t)s->k,
    .weight_target = s->kernel * row, .weight_row = row, .weight_column = s->c, .weight_source = 1,
  };
}

/* One dimension of backward data. Input pixel s * j + residue is reached by the
 * taps t = first + s * i from output pixel j + base - i, i = 0 .. taps - 1. */
typedef struct {
  int32_t count, first, base, taps;
} residue;

static residue residue_of(int32_t size, int32_t kernel, int32_t stride, int32_t pad, int32_t r) {
  int32_t first = (r + pad) % stride;
  return (residue){
    .count = r < size ? (size - 1 - r) / stride + 1 : 0,
    .first = first,
    .base = (r + pad - first) / stride,
    .taps = first < kernel ? (kernel - 1 - first) / stride + 1 : 0,
  };
}

void eoq_conv_backward_data_job(const eoq_conv_shape *s, eoq_conv_job *job) {
  const int32_t pad = s->kernel - 1;
  const ptrdiff_t column = s->c, row = (ptrdiff_t)s->kernel * s->c, target = s->kernel * row;
  *job = (eoq_conv_job){
    .images = s->n, .height = s->oh, .width = s->ow, .channels = s->k,
    .pad_top = pad, .pad_left = pad, .padded_height = s->oh + pad, .padded_width = s->ow + pad,
    .target_channels = s->c, .target_image = (size_t)s->h * s->w * s->c,
  };
  for (int32_t ry = 0; ry < s->stride; ry++) {
    residue y = residue_of(s->h, s->kernel, s->stride, s->pad, ry);
    for (int32_t rx = 0; rx < s->stride; rx++) {
      residue x = residue_of(s->w, s->kernel, s->stride, s->pad, rx);
      if (y.count == 0 || x.count == 0) continue;
      int32_t runs = x.taps == 0 ? 0 : y.taps;
      job->pass[job->passes++] = (eoq_conv_pass){
        .rows = y.count, .columns = x.count, .step = 1,
        .top = y.base - (y.taps - 1) + pad, .left = x.base - (x.taps - 1) + pad,
        .runs = runs, .run = x.taps * s->k,
        .target = ((size_t)ry * s->w + rx) * s->c,
        .row_pitch = (size_t)s->stride * s->w * s->c, .pixel_pitch = (size_t)s->stride * s->c,
        .weight = (y.first + s->stride * (y.taps - 1)) * row + (x.first + s->stride * (x.taps - 1)) * column,
        .weight_target = 1, .weight_row = -s->stride * row, .weight_column = -s->stride * column,
        .weight_source = target,
      };
      job->padded_height = largest(job->padded_height, pad + y.base + y.count);
      job->padded_width = largest(job->padded_width, pad + x.base + x.count);
    }
  }
}

int32_t eoq_conv_bands(int32_t images, int32_t rows, int32_t threads) {
  if (threads == 1 || images >= 4 * threads) return 1;
  int32_t bands = (2 * threads + images - 1) / images;
  return bands < rows ? bands : rows;
}
