/* conv_tile.h: the micro-kernels and the driver of a convolution's passes, for
 * any arithmetic and vector width. The including file defines
 *
 *   SOURCE, PACKED   element of the source and of its padded copy
 *   WEIGHT, STORED   element of the weights as given and as packed
 *   SUM, VECTOR      accumulator element and a vector of LANES of them
 *   GROUP, LANES     products that one dot adds to a lane; lanes a vector
 *   ROWS_1, ROWS_2   pixels a tile holds with one and two vectors a pixel
 *   PAD_VALUE        what zero padding is in the padded copy
 *   convert(to, from, count), dot(sum, broadcast, weights), broadcast(from),
 *   load_weights(from), load_sums(from), store_sums(to, sums, lanes)
 *   start_of(bias, weight_sum)   what a channel's sums start from
 *   EXTREMES         1 when the smallest and largest sum are wanted, with
 *                    vector_min, vector_max, repeat(x), lowest(v), highest(v)
 *
 * A tile holds P pixels of a row x V vectors of channels in registers over the
 * whole reduction: V weight loads and P broadcasts feed P * V dots. */
#include "conv_pass.h"
#include "internal.h"
#include "tile_sizes.h"

#include <string.h>

typedef struct {
  const eoq_conv_job *job;
  const SOURCE *source;
  SUM *target;
  const STORED *packed[EOQ_MAX_PASSES];
  const SUM *start[EOQ_MAX_PASSES];
  int32_t bands;
} conv_context;

#if EXTREMES
static SUM thread_extremes[EOQ_MAX_THREADS][64 / sizeof(SUM)]; /* a cache line a thread */
#endif

typedef struct {
  const eoq_conv_pass *pass;
  const STORED *weights;
  const SUM *start;
  ptrdiff_t pitch;   /* elements a row of the padded source */
  ptrdiff_t step;    /* elements a pixel of it, times the pass' step */
  int32_t groups;    /* dots a run */
  int32_t lanes;     /* channels of the last vector */
  VECTOR *extremes;
} tile_call;

static inline __attribute__((always_inline)) void tile(const int P, const int V, const tile_call *call,
                                                       const PACKED *source, SUM *target) {
  VECTOR sums[ROWS_1 > 2 * ROWS_2 ? ROWS_1 : 2 * ROWS_2];
#pragma GCC unroll 32
  for (int p = 0; p < P; p++) {
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) sums[p * V + v] = load_sums(call->start + v * LANES);
  }
  const STORED *weights = call->weights;
  const ptrdiff_t step = call->step;
  for (int32_t r = 0; r < call->pass->runs; r++) {
    const PACKED *at[6];
#pragma GCC unroll 6
    for (int i = 0; i < (P + 2) / 3; i++) at[i] = source + 3 * i * step;
    for (int32_t g = 0; g < call->groups; g++) {
      VECTOR w0 = load_weights(weights), w1 = w0;
      if (V == 2) w1 = load_weights(weights + LANES * GROUP);
#pragma GCC unroll 32
      for (int p = 0; p < P; p++) {
        VECTOR a = broadcast(at[p / 3] + (p % 3) * step);
        sums[p * V] = dot(sums[p * V], a, w0);
        if (V == 2) sums[p * V + 1] = dot(sums[p * V + 1], a, w1);
      }
#pragma GCC unroll 6
      for (int i = 0; i < (P + 2) / 3; i++) at[i] += GROUP;
      weights += V * LANES * GROUP;
    }
    source += call->pitch;
  }
#if EXTREMES
  VECTOR low = call->extremes[0], high = call->extremes[1];
#endif
#pragma GCC unroll 32
  for (int p = 0; p < P; p++) {
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) {
      VECTOR sum = sums[p * V + v];
#if EXTREMES
      low = vector_min(low, sum);
      high = vector_max(high, sum);
#endif
      store_sums(target + v * LANES, sum, v == V - 1 ? call->lanes : LANES);
    }
    target += call->pass->pixel_pitch;
  }
#if EXTREMES
  call->extremes[0] = low;
  call->extremes[1] = high;
#endif
}

typedef void tile_function(const tile_call *call, const PACKED *source, SUM *target);

#define CONV_TILE(P, V)                                                                                            \
  static __attribute__((noinline)) void conv_tile_##P##_##V(const tile_call *call, const PACKED *source, SUM *target) { \
    tile(P, V, call, source, target);                                                                              \
  }
FOR_EACH_TILE(CONV_TILE)

static tile_function *const tiles_1[] = { TILE_NAMES_1(conv_tile) };
static tile_function *const tiles_2[] = { TILE_NAMES_2(conv_tile) };

/* Channels are cut into blocks of two vectors; a last block may have one. */
static int32_t vectors_of(int32_t channels) {
  return (channels + LANES - 1) / LANES;
}

static int32_t groups_of(const eoq_conv_pass *pass) {
  return (pass->run + GROUP - 1) / GROUP;
}

static size_t packed_size(const eoq_conv_job *job, const eoq_conv_pass *pass) {
  return (size_t)vectors_of(job->target_channels) * LANES * pass->runs * groups_of(pass) * GROUP;
}

/* Packs one pass' weights as [block][run][group][vector][lane][GROUP], zero
 * behind the channels and the run, and finds what each channel starts from. */
static void pack_weights(const eoq_conv_job *job, const eoq_conv_pass *pass, const WEIGHT *weights, const SUM *bias,
                         STORED *packed, SUM *start) {
  const int32_t vectors = vectors_of(job->target_channels), groups = groups_of(pass);
  for (int32_t lane = 0; lane < vectors * LANES; lane++) {
    const int32_t block = lane / (2 * LANES), width = vectors - 2 * block < 2 ? 1 : 2;
    STORED *to = packed + (size_t)block * 2 * LANES * pass->runs * groups * GROUP + (lane % (2 * LANES)) * GROUP;
    const size_t next = (size_t)width * LANES * GROUP;
    if (lane >= job->target_channels) {
      for (int32_t i = 0; i < pass->runs * groups; i++) memset(to + i * next, 0, GROUP * sizeof *to);
      start[lane] = 0;
      continue;
    }
    SUM sum = 0;
    for (int32_t r = 0; r < pass->runs; r++) {
      const WEIGHT *from = weights + pass->weight + lane * pass->weight_target + r * pass->weight_row;
      int32_t channel = 0, element = 0;
      for (; element < groups * GROUP; element++) {
        WEIGHT w = 0;
        if (element < pass->run) {
          w = from[channel * pass->weight_source];
          if (++channel == job->channels) {
            channel = 0;
            from += pass->weight_column;
          }
        }
        sum += w;
        to[element % GROUP] = (STORED)w;
        if (element % GROUP == GROUP - 1) to += next;
      }
    }
    start[lane] = start_of(bias == NULL ? 0 : bias[lane], sum);
  }
}

static void pad_rows(const conv_context *context, const SOURCE *image, int32_t first, int32_t last, PACKED *padded) {
  const eoq_conv_job *job = context->job;
  const int32_t channels = job->channels;
  const size_t pitch = (size_t)job->padded_width * channels, inner = (size_t)job->width * channels;
  const size_t left = (size_t)job->pad_left * channels;
  for (int32_t row = first; row < last; row++) {
    PACKED *to = padded + row * pitch;
    const int32_t y = row - job->pad_top;
    if (y < 0 || y >= job->height) {
      for (size_t i = 0; i < pitch; i++) to[i] = PAD_VALUE;
      continue;
    }
    for (size_t i = 0; i < left; i++) to[i] = PAD_VALUE;
    convert(to + left, image + y * inner, inner);
    for (size_t i = left + inner; i < pitch; i++) to[i] = PAD_VALUE;
  }
}

static void run_row(tile_call *call, const PACKED *source, SUM *target, int32_t vectors) {
  const eoq_conv_pass *pass = call->pass;
  const int32_t most = vectors == 2 ? ROWS_2 : ROWS_1;
  const int32_t tiles = (pass->columns + most - 1) / most;
  tile_function *const *functions = vectors == 2 ? tiles_2 : tiles_1;
  for (int32_t t = 0; t < tiles; t++) {
    const int32_t from = eoq_share(pass->columns, t, tiles), to = eoq_share(pass->columns, t + 1, tiles);
    functions[to - from - 1](call, source + from * call->step, target + from * pass->pixel_pitch);
  }
}

static void run_pass(const conv_context *context, int32_t index, int32_t from, int32_t to, const PACKED *padded,
                     SUM *image, VECTOR *extremes) {
  const eoq_conv_job *job = context->job;
  const eoq_conv_pass *pass = &job->pass[index];
  const int32_t vectors = vectors_of(job->target_channels), groups = groups_of(pass);
  const ptrdiff_t pitch = (ptrdiff_t)job->padded_width * job->channels;
  for (int32_t v = 0; v < vectors; v += 2) {
    const int32_t width = vectors - v < 2 ? 1 : 2;
    tile_call call = {
      .pass = pass,
      .weights = context->packed[index] + (size_t)v * LANES * pass->runs * groups * GROUP,
      .start = context->start[index] + v * LANES,
      .pitch = pitch,
      .step = (ptrdiff_t)pass->step * job->channels,
      .groups = groups,
      .lanes = v + width == vectors ? job->target_channels - (vectors - 1) * LANES : LANES,
      .extremes = extremes,
    };
    for (int32_t y = from; y < to; y++) {
      const PACKED *source = padded + (pass->top + y * pass->step) * pitch + (ptrdiff_t)pass->left * job->channels;
      run_row(&call, source, image + pass->target + y * pass->row_pitch + v * LANES, width);
    }
  }
}

static void conv_task(void *argument, int32_t item, int32_t thread) {
  conv_context *context = argument;
  const eoq_conv_job *job = context->job;
  const int32_t n = item / context->bands, band = item % context->bands;
  PACKED *padded = eoq_scratch(thread);
#if EXTREMES
  SUM *mine = thread_extremes[thread];
  VECTOR extremes[2] = { repeat(mine[0]), repeat(mine[1]) };
#else
  VECTOR *extremes = NULL;
#endif
  int32_t first = job->padded_height, last = 0;
  for (int32_t i = 0; i < job->passes; i++) {
    const eoq_conv_pass *pass = &job->pass[i];
    const int32_t from = eoq_share(pass->rows, band, context->bands);
    const int32_t to = eoq_share(pass->rows, band + 1, context->bands);
    if (from == to || pass->runs == 0) continue;
    const int32_t top = pass->top + from * pass->step, bottom = pass->top + (to - 1) * pass->step + pass->runs;
    first = top < first ? top : first;
    last = bottom > last ? bottom : last;
  }
  const size_t image = (size_t)job->height * job->width * job->channels;
  pad_rows(context, context->source + n * image, first, last, padded);
  for (int32_t i = 0; i < job->passes; i++) {
    const int32_t rows = job->pass[i].rows;
    run_pass(context, i, eoq_share(rows, band, context->bands), eoq_share(rows, band + 1, context->bands), padded,
             context->target + n * job->target_image, extremes);
  }
#if EXTREMES
  mine[0] = lowest(extremes[0]);
  mine[1] = highest(extremes[1]);
#endif
}

/* Runs every pass of the job: target = conv(source, weights) + bias, bias one
 * a target channel or NULL. With EXTREMES, extremes[0] and [1] get the
 * smallest and largest sum and zero. */
static int32_t run_job(const eoq_conv_job *job, const SOURCE *source, const WEIGHT *weights, const SUM *bias,
                       SUM *target, SUM *extremes) {
  const size_t align = 64;
  const size_t starts = (size_t)vectors_of(job->target_channels) * LANES * sizeof(SUM);
  size_t bytes = 0;
  for (int32_t i = 0; i < job->passes; i++) {
    bytes += starts + align + packed_size(job, &job->pass[i]) * sizeof(STORED) + align;
  }
  const size_t padded = ((size_t)job->padded_height * job->padded_width * job->channels + 64) * sizeof(PACKED);
  int32_t status = eoq_scratch_reserve(padded);
  if (status < 0 || (status = eoq_shared_reserve(bytes)) < 0) return status;

  conv_context context = { .job = job, .source = source, .target = target };
  uint8_t *shared = eoq_shared();
  for (int32_t i = 0; i < job->passes; i++) {
    SUM *start = (SUM *)shared;
    shared += (starts + align - 1) / align * align;
    STORED *packed = (STORED *)shared;
    shared += (packed_size(job, &job->pass[i]) * sizeof(STORED) + align - 1) / align * align;
    pack_weights(job, &job->pass[i], weights, bias, packed, start);
    context.packed[i] = packed;
    context.start[i] = start;
  }
  context.bands = eoq_conv_bands(job->images, job->pass[0].rows, eoq_threads());
#if EXTREMES
  for (int32_t t = 0; t < eoq_threads(); t++) thread_extremes[t][0] = thread_extremes[t][1] = 0;
#endif
  eoq_parallel(conv_task, &context, job->images * context.bands);
#if EXTREMES
  extremes[0] = extremes[1] = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) {
    extremes[0] = thread_extremes[t][0] < extremes[0] ? thread_extremes[t][0] : extremes[0];
    extremes[1] = thread_extremes[t][1] > extremes[1] ? thread_extremes[t][1] : extremes[1];
  }
#else
  (void)extremes;
#endif
  return EOQ_OK;
}
