/* pass.c: the geometry of the passes, the same for every arithmetic. */
#include "pass.h"

enum { SINK_BYTES = 16 * 1024, SINK_MULTIPLE = 64 };

/* Sets all but the passes, so that most of their room is never touched. */
static void begin_job(eoq_conv_job *job, const eoq_conv_shape *shape, const eoq_conv_shape *flat, int32_t backward) {
  job->images = flat->n;
  job->height = backward ? flat->oh : flat->h;
  job->width = backward ? flat->ow : flat->w;
  job->channels = backward ? flat->k : flat->c;
  job->target_height = backward ? flat->h : flat->oh;
  job->target_width = backward ? flat->w : flat->ow;
  job->target_channels = backward ? flat->c : flat->k;
  job->shape = *shape;
  job->shape.n = 1;
  job->backward = backward;
  job->passes = 0;
}

/* A 1x1 convolution that reads every pixel does not care where rows and images
 * end: longer rows fill the tiles, which an image of one pixel could not, up to
 * those of which both sides leave the nearest cache where there are many. */
static eoq_conv_shape flattened(const eoq_conv_shape *s) {
  if (s->kernel != 1 || s->stride != 1) return *s;
  enum { SHORTEST_ROW = 32, LONGEST_ROW = 512, ROW_BYTES = 24 * 1024 };
  const int32_t pixels = s->n * s->h * s->w, fit = ROW_BYTES / (s->c + s->k + (int32_t)sizeof(int32_t) * s->k);
  int32_t most = fit < SHORTEST_ROW ? SHORTEST_ROW : fit < LONGEST_ROW ? fit : LONGEST_ROW;
  if (pixels <= LONGEST_ROW) most = pixels;
  int32_t row = most;
  while (pixels % row != 0) row--;
  /* Whose divisors below are all short has one above, or none that helps. */
  for (int32_t longer = most + 1; pixels > most && row < SHORTEST_ROW && longer <= LONGEST_ROW; longer++) {
    row = pixels % longer == 0 ? longer : row;
  }
  eoq_conv_shape flat = *s;
  flat.n = pixels / row;
  flat.h = flat.oh = 1;
  flat.w = flat.ow = row;
  return flat;
}

void eoq_conv_forward_job(const eoq_conv_shape *shape, eoq_conv_job *job) {
  const eoq_conv_shape flat = flattened(shape), *s = &flat;
  const ptrdiff_t row = (ptrdiff_t)s->kernel * s->c;
  begin_job(job, shape, s, 0);
  job->pass[job->passes++] = (eoq_conv_pass){
    .rows = s->oh,
    .columns = s->ow,
    .row_step = 1,
    .column_step = 1,
    .step = s->stride,
    .top = -s->pad,
    .left = -s->pad,
    .kernel_rows = s->kernel,
    .kernel_columns = s->kernel,
    .weight_target = s->kernel * row,
    .weight_row = row,
    .weight_column = s->c,
    .weight_source = 1,
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

void eoq_conv_backward_data_job(const eoq_conv_shape *shape, eoq_conv_job *job) {
  const eoq_conv_shape flat = flattened(shape), *s = &flat;
  const ptrdiff_t column = s->c, row = (ptrdiff_t)s->kernel * s->c, target = s->kernel * row;
  begin_job(job, shape, s, 1);
  for (int32_t ry = 0; ry < s->stride; ry++) {
    const residue y = residue_of(s->h, s->kernel, s->stride, s->pad, ry);
    for (int32_t rx = 0; rx < s->stride; rx++) {
      const residue x = residue_of(s->w, s->kernel, s->stride, s->pad, rx);
      if (y.count == 0 || x.count == 0) continue;
      const int32_t reached = y.taps > 0 && x.taps > 0;
      job->pass[job->passes++] = (eoq_conv_pass){
        .rows = y.count,
        .columns = x.count,
        .first_row = ry,
        .first_column = rx,
        .row_step = s->stride,
        .column_step = s->stride,
        .step = 1,
        .top = reached ? y.base - (y.taps - 1) : 0,
        .left = reached ? x.base - (x.taps - 1) : 0,
        .kernel_rows = reached ? y.taps : 0,
        .kernel_columns = reached ? x.taps : 1,
        .weight =
          reached ? (y.first + s->stride * (y.taps - 1)) * row + (x.first + s->stride * (x.taps - 1)) * column : 0,
        .weight_target = 1,
        .weight_row = -s->stride * row,
        .weight_column = -s->stride * column,
        .weight_source = target,
      };
    }
  }
}

void eoq_conv_join_columns(eoq_conv_job *job) {
  const eoq_conv_shape *s = &job->shape;
  if (!job->backward || s->kernel != 3 || s->stride != 2 || s->pad != 1 || s->w < 2) return;
  job->passes /= 2;
  for (int32_t i = 0; i < job->passes; i++) {
    job->pass[i] = job->pass[2 * i]; /* of even columns, with the middle tap */
    job->pass[i].columns = s->w;
    job->pass[i].column_step = 1;
    job->pass[i].kernel_columns = 3;
    job->pass[i].weight -= s->c;
    job->pass[i].weight_column = s->c;
    job->pass[i].joined = 1;
  }
}

int32_t eoq_conv_sink_rows(const eoq_conv_job *job, size_t bytes) {
  const size_t row = (size_t)job->target_width * job->target_channels;
  int32_t step = 1;
  while (step <= job->target_height && step * row % SINK_MULTIPLE != 0) step++;
  if (step > job->target_height || job->target_height * row % SINK_MULTIPLE != 0) return 0;
  const size_t steps = SINK_BYTES / (step * row * bytes);
  return steps == 0 ? step : steps * step > (size_t)job->target_height ? job->target_height : (int32_t)steps * step;
}

int32_t eoq_conv_bands(int32_t images, int32_t units, int32_t threads) {
  if (threads == 1 || images >= 4 * threads) return 1;
  /* One a thread: more would read more rows around them. */
  if (threads % images == 0) return threads / images < units ? threads / images : units;
  int32_t bands = (2 * threads + images - 1) / images;
  return bands < units ? bands : units;
}
