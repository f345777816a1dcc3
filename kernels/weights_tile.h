/* weights_tile.h: backward weights, for any arithmetic and vector width.
 *
 * dw[k][ky][kx][c] = sum over images and output pixels of dy[k] * x[ky, kx, c].
 * The reduction runs over pixels, so GROUP neighbouring pixels are interleaved:
 * errors as [row][group][channel][GROUP], inputs as [padded row][group][kx, c]
 * [GROUP], one copy a kernel column. (With GROUP 1 a padded row serves as it
 * is.) A tile holds J inputs x V vectors of error channels in registers over
 * all rows of a group of images; the inputs of one kernel row are contiguous,
 * so its broadcasts have constant offsets.
 *
 * Besides what conv_tile.h asks for, the including file defines
 *   ERROR, convert_errors(to, from, count)   element of the packed errors
 *   load_errors(from), dot_errors(sums, input, errors)
 *   interleave(to, from, pitch, count)   GROUP pixels, pitch elements apart
 *   OFFSET           1 when packed inputs carry an offset, with
 *   offset_dot(sums, errors), vector_subtract   what the offset adds to sums */
#include "conv_shape.h"
#include "internal.h"
#include "tile_sizes.h"

#include <string.h>

enum { GROUP_BYTES = 256 * 1024 };

typedef struct {
  const eoq_conv_shape *shape;
  const SOURCE *x, *dy;
  SUM *partial;               /* [chunk][ky][kx, c][padded channel] */
  int32_t chunks, parts;      /* image chunks; kernel-row parts of each */
  int32_t inputs;             /* kx, c of one kernel row */
  int32_t groups;             /* pixel groups a row */
  int32_t channels;           /* output channels, padded to vectors */
  int32_t input_rows;         /* padded rows that are used */
  size_t input_step, input_row, error_row; /* elements a group, a padded row, a row */
  int32_t images_a_group;
} weights_context;

typedef struct {
  const weights_context *context;
  int32_t images;
} weights_call;

static inline __attribute__((always_inline)) void weights_tile(const int J, const int V, const weights_call *call,
                                                               const PACKED *inputs, const ERROR *errors,
                                                               SUM *partial) {
  const weights_context *w = call->context;
  const ptrdiff_t channels = w->channels;
  VECTOR sums[ROWS_1 > 2 * ROWS_2 ? ROWS_1 : 2 * ROWS_2];
#pragma GCC unroll 32
  for (int j = 0; j < J; j++) {
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) sums[j * V + v] = load_sums(partial + j * channels + v * LANES);
  }
  const ptrdiff_t error_step = channels * GROUP, input_step = (ptrdiff_t)w->input_step;
  for (int32_t n = 0; n < call->images; n++) {
    const PACKED *input_row = inputs + (size_t)n * w->input_rows * w->input_row;
    for (int32_t y = 0; y < w->shape->oh; y++) {
      const PACKED *a = input_row;
      const ERROR *e = errors;
      for (int32_t g = 0; g < w->groups; g++) {
        VECTOR e0 = load_errors(e), e1 = e0;
        if (V == 2) e1 = load_errors(e + LANES * GROUP);
#pragma GCC unroll 32
        for (int j = 0; j < J; j++) {
          VECTOR x = broadcast(a + j * GROUP);
          sums[j * V] = dot_errors(sums[j * V], x, e0);
          if (V == 2) sums[j * V + 1] = dot_errors(sums[j * V + 1], x, e1);
        }
        a += input_step;
        e += error_step;
      }
      input_row += w->shape->stride * w->input_row;
      errors += w->error_row;
    }
  }
#pragma GCC unroll 32
  for (int j = 0; j < J; j++) {
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) store_sums(partial + j * channels + v * LANES, sums[j * V + v], LANES);
  }
}

typedef void weights_function(const weights_call *call, const PACKED *inputs, const ERROR *errors, SUM *partial);

#define WEIGHTS_TILE(J, V)                                                                                    \
  static __attribute__((noinline)) void weights_tile_##J##_##V(const weights_call *call, const PACKED *inputs, \
                                                               const ERROR *errors, SUM *partial) {           \
    weights_tile(J, V, call, inputs, errors, partial);                                                        \
  }
FOR_EACH_TILE(WEIGHTS_TILE)

static weights_function *const weights_tiles_1[] = { TILE_NAMES_1(weights_tile) };
static weights_function *const weights_tiles_2[] = { TILE_NAMES_2(weights_tile) };

static void pack_inputs(const weights_context *w, const SOURCE *image, PACKED *to, PACKED *row) {
  const eoq_conv_shape *s = w->shape;
  const size_t left = (size_t)s->pad * s->c, inner = (size_t)s->w * s->c;
  for (int32_t i = 0; i < w->input_rows; i++, to += w->input_row) {
    const int32_t y = i - s->pad;
    PACKED *padded = GROUP == 1 ? to : row;
    const size_t length = GROUP == 1 ? w->input_row : left + inner + left;
    if (y < 0 || y >= s->h) {
      for (size_t j = 0; j < length; j++) padded[j] = PAD_VALUE;
    } else {
      for (size_t j = 0; j < left; j++) padded[j] = PAD_VALUE;
      convert(padded + left, image + y * inner, inner);
      for (size_t j = left + inner; j < length; j++) padded[j] = PAD_VALUE;
    }
    if (GROUP == 1) continue;
    PACKED *out = to;
    for (int32_t g = 0; g < w->groups; g++) {
      for (int32_t kx = 0; kx < s->kernel; kx++) {
        interleave(out, row + ((size_t)g * GROUP * s->stride + kx) * s->c, (size_t)s->stride * s->c, s->c);
        out += (size_t)s->c * GROUP;
      }
    }
  }
}

static void pack_errors(const weights_context *w, const SOURCE *image, ERROR *to, ERROR *row) {
  const eoq_conv_shape *s = w->shape;
  memset(row, 0, (size_t)w->groups * GROUP * w->channels * sizeof *row);
  for (int32_t y = 0; y < s->oh; y++, to += w->error_row) {
    const SOURCE *from = image + (size_t)y * s->ow * s->k;
    if (w->channels == s->k) convert_errors(row, from, (size_t)s->ow * s->k);
    else for (int32_t x = 0; x < s->ow; x++) convert_errors(row + (size_t)x * w->channels, from + (size_t)x * s->k, s->k);
    for (int32_t g = 0; g < w->groups; g++) {
      const size_t at = (size_t)g * GROUP * w->channels;
      interleave(to + at, row + at, w->channels, w->channels);
    }
  }
}

static void run_tiles(const weights_call *call, int32_t ky, const PACKED *inputs, const ERROR *errors, SUM *partial) {
  const weights_context *w = call->context;
  const int32_t vectors = w->channels / LANES;
  for (int32_t v = 0; v < vectors; v += 2) {
    const int32_t width = vectors - v < 2 ? 1 : 2, most = width == 2 ? ROWS_2 : ROWS_1;
    const int32_t tiles = (w->inputs + most - 1) / most;
    weights_function *const *functions = width == 2 ? weights_tiles_2 : weights_tiles_1;
    for (int32_t t = 0; t < tiles; t++) {
      const int32_t from = eoq_share(w->inputs, t, tiles), to = eoq_share(w->inputs, t + 1, tiles);
      functions[to - from - 1](call, inputs + ky * w->input_row + (size_t)from * GROUP, errors + v * LANES * GROUP,
                               partial + ((size_t)ky * w->inputs + from) * w->channels + v * LANES);
    }
  }
}

#if OFFSET
/* Packed inputs carry an offset: every sum is too large by the offset times
 * the error sum of its channel, the same for every weight of the channel. */
static void take_off_offset(const weights_call *call, const ERROR *errors, int32_t first, int32_t last, SUM *partial) {
  const weights_context *w = call->context;
  const size_t steps = (size_t)call->images * w->shape->oh * w->groups;
  for (int32_t v = 0; v < w->channels; v += LANES) {
    VECTOR offset = repeat(0);
    for (size_t i = 0; i < steps; i++) offset = offset_dot(offset, load_errors(errors + (i * w->channels + v) * GROUP));
    for (int32_t i = first * w->inputs; i < last * w->inputs; i++) {
      SUM *sums = partial + (size_t)i * w->channels + v;
      store_sums(sums, vector_subtract(load_sums(sums), offset), LANES);
    }
  }
}
#endif

static void weights_task(void *argument, int32_t item, int32_t thread) {
  const weights_context *w = argument;
  const eoq_conv_shape *s = w->shape;
  const int32_t chunk = item / w->parts, part = item % w->parts;
  const int32_t first = eoq_share(s->kernel, part, w->parts), last = eoq_share(s->kernel, part + 1, w->parts);
  const size_t kernel_row = (size_t)w->inputs * w->channels;
  SUM *partial = w->partial + (size_t)chunk * s->kernel * kernel_row;
  memset(partial + first * kernel_row, 0, (last - first) * kernel_row * sizeof *partial);

  const size_t image_inputs = w->input_rows * w->input_row, image_errors = s->oh * w->error_row;
  PACKED *inputs = eoq_scratch(thread);
  const uintptr_t behind = (uintptr_t)(inputs + w->images_a_group * image_inputs);
  ERROR *errors = (ERROR *)((behind + 63) / 64 * 64); /* so that no vector of errors straddles cache lines */
  uint8_t *rows = (uint8_t *)(errors + w->images_a_group * image_errors);
  const int32_t end = eoq_share(s->n, chunk + 1, w->chunks);
  for (int32_t n = eoq_share(s->n, chunk, w->chunks); n < end; n += w->images_a_group) {
    weights_call call = { .context = w, .images = end - n < w->images_a_group ? end - n : w->images_a_group };
    for (int32_t i = 0; i < call.images; i++) {
      pack_inputs(w, w->x + (size_t)(n + i) * s->h * s->w * s->c, inputs + i * image_inputs, (PACKED *)rows);
      pack_errors(w, w->dy + (size_t)(n + i) * s->oh * s->ow * s->k, errors + i * image_errors, (ERROR *)rows);
    }
    for (int32_t ky = first; ky < last; ky++) run_tiles(&call, ky, inputs, errors, partial);
#if OFFSET
    take_off_offset(&call, errors, first, last, partial);
#endif
  }
}

/* Leaves `chunks` partial sums of the weight gradients in the shared scratch as [chunk][ky][kx, c][padded channel]. */
static int32_t run_weights(const eoq_conv_shape *s, const SOURCE *x, const SOURCE *dy, int32_t chunks,
                           weights_context *w) {
  *w = (weights_context){ .shape = s, .x = x, .dy = dy, .chunks = chunks };
  w->parts = chunks >= eoq_threads() ? 1 : s->kernel;
  w->inputs = s->kernel * s->c;
  w->groups = (s->ow + GROUP - 1) / GROUP;
  w->channels = (s->k + LANES - 1) / LANES * LANES;
  w->input_rows = (s->oh - 1) * s->stride + s->kernel;
  w->input_step = GROUP == 1 ? (size_t)s->stride * s->c : (size_t)w->inputs * GROUP;
  w->input_row = GROUP == 1 ? (size_t)(s->w + 2 * s->pad) * s->c : w->groups * w->input_step;
  w->error_row = (size_t)w->groups * w->channels * GROUP;
  const size_t image = w->input_rows * w->input_row * sizeof(PACKED) + s->oh * w->error_row * sizeof(ERROR);
  w->images_a_group = image > GROUP_BYTES ? 1 : (int32_t)(GROUP_BYTES / image);
  /* A row before interleaving: a group may read up to GROUP * stride pixels past its last one. */
  const size_t pixels = (size_t)s->w + 2 * s->pad + GROUP * s->stride + w->groups * GROUP;
  const size_t row = pixels * (s->c > w->channels ? s->c : w->channels) * 4;
  const size_t partials = (size_t)chunks * s->kernel * w->inputs * w->channels * sizeof(SUM);
  int32_t status = eoq_scratch_reserve(w->images_a_group * image + row + 4096);
  if (status < 0 || (status = eoq_shared_reserve(partials)) < 0) return status;
  w->partial = eoq_shared();
  eoq_parallel(weights_task, w, chunks * w->parts);
  return EOQ_OK;
}
