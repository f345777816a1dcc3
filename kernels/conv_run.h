/* conv_run.h: runs a convolution's passes with the tiles of conv_tile.h.
 *
 * Where the channels fill whole groups and the padding is at most one pixel
 * wide, tiles share the broadcasts of up to three kernel columns and leave out
 * the taps in the padding. Any other shape reads a copy of the source with
 * padded columns, in which the taps of a kernel row lie side by side: to the
 * tiles that is one kernel column of as many channels. */
#include "conv_pack.h"

typedef struct {
  const eoq_conv_job *job;
  const SOURCE *source;
  const WEIGHT *weights;
  const SUM *bias; /* one a target channel, or NULL */
  SUM *target;     /* NULL with a sink */
  const eoq_conv_sink *sink;
  int32_t sink_rows;
  int32_t bands;
  int32_t copied;                 /* whether tiles read a copy, of */
  int32_t pad_left, source_width; /* this many columns before the source's, and in all */
  size_t pack_bytes;              /* of a vector of gathered runs */
  pass_plan plan[EOQ_MAX_PASSES];
} conv_context;

#if EXTREMES
static SUM thread_extremes[EOQ_MAX_THREADS][64 / sizeof(SUM)]; /* a cache line a thread */
#endif

static int32_t last_column(const eoq_conv_pass *pass) {
  return pass->left + (pass->columns - 1) * pass->step + pass->kernel_columns - 1;
}

/* The tiles that run the pass on the source as it lies, or NULL. */
static const tile_kind *kind_of(const eoq_conv_job *job, const eoq_conv_pass *pass) {
  if (pass->kernel_rows == 0) return &point_tiles;
  const int32_t halo = pass->kernel_columns > 1;
  if (job->channels % GROUP != 0 || pass->left < -halo || last_column(pass) >= job->width + halo) return NULL;
  if (pass->kernel_columns == 1) return &point_tiles;
  if (pass->kernel_columns == 2 && pass->step == 1) return &pair_tiles;
  if (pass->kernel_columns == 3 && pass->step == 1) return &triple_tiles;
  return pass->kernel_columns == 3 && pass->step == 2 ? &strided_tiles : NULL;
}

static void plan_passes(conv_context *context) {
  const eoq_conv_job *job = context->job;
  int32_t shared = 1, left = 0, width = job->width;
  for (int32_t i = 0; i < job->passes; i++) {
    const eoq_conv_pass *pass = &job->pass[i];
    shared = shared && kind_of(job, pass) != NULL;
    left = -pass->left > left ? -pass->left : left;
    width = last_column(pass) >= width ? last_column(pass) + 1 : width;
  }
  context->copied = !IN_PLACE || !shared;
  context->pad_left = shared ? 0 : left;
  context->source_width = shared ? job->width : left + width;
  for (int32_t i = 0; i < job->passes; i++) {
    const eoq_conv_pass *pass = &job->pass[i];
    pass_plan *plan = &context->plan[i];
    plan->kind = shared ? kind_of(job, pass) : &point_tiles;
    plan->run = shared ? job->channels : pass->kernel_columns * job->channels;
    plan->groups = (plan->run + GROUP - 1) / GROUP;
    plan->pixel = (ptrdiff_t)job->channels * (plan->kind->columns == 1 ? pass->step : 1);
    plan->left = pass->left + context->pad_left;
    plan->overhang = shared && pass->kernel_rows > 0 ? last_column(pass) + 1 - job->width : 0;
    const size_t bytes = (size_t)LANES * plan->groups * GROUP * sizeof(WEIGHT);
    context->pack_bytes = bytes > context->pack_bytes ? bytes : context->pack_bytes;
  }
}

static void pack_task(void *argument, int32_t item, int32_t thread) {
  const conv_context *context = argument;
  const eoq_conv_job *job = context->job;
  const int32_t block = item % blocks_of(job);
  int32_t row = item / blocks_of(job), i = 0;
  while (row >= job->pass[i].kernel_rows) row -= job->pass[i++].kernel_rows;
  pack_row(job, &job->pass[i], &context->plan[i], context->weights, block, row, eoq_scratch(thread));
}

static void copy_rows(const conv_context *context, const SOURCE *image, int32_t from, int32_t to, PACKED *copy) {
  const eoq_conv_job *job = context->job;
  const size_t inner = (size_t)job->width * job->channels, left = (size_t)context->pad_left * job->channels;
  const size_t pitch = (size_t)context->source_width * job->channels;
  for (int32_t y = from; y < to; y++) {
    PACKED *row = copy + y * pitch;
    for (size_t i = 0; i < left; i++) row[i] = 0;
    convert(row + left, image + y * inner, inner);
    for (size_t i = left + inner; i < pitch; i++) row[i] = 0;
  }
}

/* What sums start from, by edges: the bias, less the offset of the taps that
 * kernel rows [low, high) have at this place. */
static void find_start(const conv_context *context, int32_t index, int32_t block, int32_t low, int32_t high,
                       SUM *start) {
  const eoq_conv_job *job = context->job;
  const int32_t first = block * 2 * LANES;
  for (int32_t edges = 0; edges < EDGES; edges++) {
    SUM *to = start + edges * 2 * LANES;
    for (int32_t i = 0; i < 2 * LANES; i++) {
      to[i] = context->bias != NULL && first + i < job->target_channels ? context->bias[first + i] : 0;
    }
  }
#if OFFSET
  for (int32_t row = low; row < high; row++) {
    const SUM *all = column_sums(&job->pass[index], &context->plan[index], block, row);
    const SUM *first_column = all + 2 * LANES, *last_column = all + 4 * LANES;
    for (int32_t edges = 0; edges < EDGES; edges++) {
      SUM *to = start + edges * 2 * LANES;
      /* Modulo 2^32, as the sums that it is taken off. */
      for (int32_t i = 0; i < 2 * LANES; i++) {
        uint32_t taps = (uint32_t)all[i];
        if (edges & LEFT_EDGE) taps -= (uint32_t)first_column[i];
        if (edges & RIGHT_EDGE) taps -= (uint32_t)last_column[i];
        to[i] = (SUM)((uint32_t)to[i] - OFFSET * taps);
      }
    }
  }
#else
  (void)index, (void)low, (void)high;
#endif
}

static void run_row(const tile_call *call, const eoq_conv_pass *pass, const pass_plan *plan, int32_t width,
                    const PACKED *source, SUM *target) {
  const int32_t most = plan->kind->most[width - 1], tiles = (pass->columns + most - 1) / most;
  tile_function *const *functions = plan->kind->functions[width - 1];
  const ptrdiff_t step = plan->kind->columns == 1 ? call->pixel : call->pixel * pass->step;
  for (int32_t t = 0; t < tiles; t++) {
    const int32_t from = eoq_share(pass->columns, t, tiles), to = eoq_share(pass->columns, t + 1, tiles);
    const int32_t left = from == 0 && plan->left < 0 ? LEFT_EDGE : 0;
    const int32_t right = to == pass->columns && plan->overhang > 0 ? RIGHT_EDGE : 0;
    functions[to - from - 1](call, source + from * step, target + from * call->pitch, left | right);
  }
}

/* The rows of a pass that write target rows [from, to). */
static int32_t pass_row(const eoq_conv_pass *pass, int32_t target_row) {
  const int32_t row = (target_row - pass->first_row + pass->row_step - 1) / pass->row_step;
  return row < 0 ? 0 : row < pass->rows ? row : pass->rows;
}

/* Computes target rows [from, to) of an image; `target` holds row `from`. */
static void run_rows(const conv_context *context, const PACKED *source, int32_t from, int32_t to, SUM *target,
                     VECTOR *extremes) {
  const eoq_conv_job *job = context->job;
  const ptrdiff_t source_row = (ptrdiff_t)context->source_width * job->channels;
  const size_t target_row = (size_t)job->target_width * job->target_channels;
  SUM start[EDGES * 2 * LANES] __attribute__((aligned(64)));
  for (int32_t block = 0; block < blocks_of(job); block++) {
    const int32_t width = block_width(job, block), behind = job->target_channels - (2 * block + width - 1) * LANES;
    for (int32_t i = 0; i < job->passes; i++) {
      const eoq_conv_pass *pass = &job->pass[i];
      const pass_plan *plan = &context->plan[i];
      const STORED *weights = packed_block(pass, plan, block);
      tile_call call = {
        .start = start, .row = source_row, .pixel = plan->pixel, .groups = plan->groups,
        .lanes = behind < LANES ? behind : LANES,
        .pitch = (size_t)pass->column_step * job->target_channels, .extremes = extremes,
      };
      int32_t known_low = -1, known_high = -1;
      for (int32_t row = pass_row(pass, from); row < pass_row(pass, to); row++) {
        const int32_t top = pass->top + row * pass->step, below = job->height - top;
        const int32_t low = top < 0 ? -top : 0;
        int32_t high = below < pass->kernel_rows ? below : pass->kernel_rows;
        high = high < low ? low : high;
        if (low != known_low || high != known_high) find_start(context, i, block, low, high, start);
        known_low = low;
        known_high = high;
        call.rows = high - low;
        call.weights = weights + low * packed_row(plan) * width;
        const size_t y = (size_t)(pass->first_row + row * pass->row_step - from);
        run_row(&call, pass, plan, width, source + (top + low) * source_row + (ptrdiff_t)plan->left * job->channels,
                target + y * target_row + (size_t)pass->first_column * job->target_channels + block * 2 * LANES);
      }
    }
  }
}

/* The source rows that target rows [from, to) need. */
static void rows_needed(const eoq_conv_job *job, int32_t from, int32_t to, int32_t *first, int32_t *last) {
  *first = job->height;
  *last = 0;
  for (int32_t i = 0; i < job->passes; i++) {
    const eoq_conv_pass *pass = &job->pass[i];
    const int32_t low = pass_row(pass, from), high = pass_row(pass, to);
    if (low == high || pass->kernel_rows == 0) continue;
    const int32_t top = pass->top + low * pass->step, bottom = pass->top + (high - 1) * pass->step + pass->kernel_rows;
    *first = top < *first ? (top < 0 ? 0 : top) : *first;
    *last = bottom > *last ? (bottom < job->height ? bottom : job->height) : *last;
  }
}

/* Asks for the part of the next image's source that goes with rows [from, to) of this one. */
static void fetch_ahead(const eoq_conv_job *job, const SOURCE *next, int32_t from, int32_t to) {
  const size_t bytes = (size_t)job->height * job->width * job->channels * sizeof(SOURCE);
  const char *at = (const char *)next;
  for (size_t i = bytes * from / job->target_height; i < bytes * to / job->target_height; i += 64) {
    __builtin_prefetch(at + i, 0, 2);
  }
}

static void conv_task(void *argument, int32_t item, int32_t thread) {
  const conv_context *context = argument;
  const eoq_conv_job *job = context->job;
  const int32_t n = item / context->bands, band = item % context->bands;
  const int32_t unit = context->sink_rows > 0 ? context->sink_rows : 1;
  const int32_t units = (job->target_height + unit - 1) / unit;
  const int32_t from = eoq_share(units, band, context->bands) * unit;
  int32_t to = eoq_share(units, band + 1, context->bands) * unit;
  to = to < job->target_height ? to : job->target_height;

  const SOURCE *image = context->source + (size_t)n * job->height * job->width * job->channels;
  const size_t target_row = (size_t)job->target_width * job->target_channels;
  SUM *block = eoq_scratch(thread);
  PACKED *copy = (PACKED *)((uint8_t *)eoq_scratch(thread) + context->sink_rows * target_row * sizeof(SUM));
  const PACKED *source = copy;
#if IN_PLACE
  if (!context->copied) source = image;
#endif
  if (context->copied) {
    int32_t first, last;
    rows_needed(job, from, to, &first, &last);
    copy_rows(context, image, first, last, copy);
  }
#if EXTREMES
  SUM *mine = thread_extremes[thread];
  VECTOR extremes[2] = { repeat(mine[0]), repeat(mine[1]) };
#else
  VECTOR *extremes = NULL;
#endif
  const int32_t rows = context->sink == NULL ? (to - from + 3) / 4 : unit;
  for (int32_t row = from; row < to; row += rows) {
    const int32_t end = row + rows < to ? row + rows : to;
    const size_t first = ((size_t)n * job->target_height + row) * target_row;
    if (n + 1 < job->images) fetch_ahead(job, image + (size_t)job->height * job->width * job->channels, row, end);
    run_rows(context, source, row, end, context->sink == NULL ? context->target + first : block, extremes);
    if (context->sink != NULL) {
      context->sink->take(context->sink->context, block, first, (end - row) * target_row, thread);
    }
  }
#if EXTREMES
  mine[0] = lowest(extremes[0]);
  mine[1] = highest(extremes[1]);
#endif
}

static size_t rounded(size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

/* Runs every pass of the job: target = conv(source, weights) + bias, bias one
 * a target channel or NULL; with a sink that is given the sums instead.
 * With EXTREMES, extremes[0] and [1] get the smallest and largest sum and zero. */
static int32_t run_job(const eoq_conv_job *job, const SOURCE *source, const WEIGHT *weights, const SUM *bias,
                       SUM *target, const eoq_conv_sink *sink, SUM *extremes) {
  conv_context context = { .job = job, .source = source, .weights = weights, .bias = bias, .target = target,
                           .sink = sink };
  plan_passes(&context);
  context.sink_rows = sink == NULL ? 0 : eoq_conv_sink_rows(job, sizeof(SUM));
  const size_t target_row = (size_t)job->target_width * job->target_channels;
  size_t scratch = rounded(context.sink_rows * target_row * sizeof(SUM));
  /* A copy's last group may be read past its end. */
  if (context.copied) {
    scratch += ((size_t)job->height * context.source_width * job->channels + GROUP) * sizeof(PACKED);
  }
  scratch = context.pack_bytes > scratch ? context.pack_bytes : scratch;
  size_t bytes = 0;
  int32_t kernel_rows = 0;
  for (int32_t i = 0; i < job->passes; i++) {
    bytes += rounded(packed_size(job, &job->pass[i], &context.plan[i]) * sizeof(STORED));
    bytes += rounded(column_sums_size(job, &job->pass[i]) * sizeof(SUM));
    kernel_rows += job->pass[i].kernel_rows;
  }
  int32_t status = eoq_scratch_reserve(scratch);
  if (status < 0 || (status = eoq_shared_reserve(bytes)) < 0) return status;

  uint8_t *shared = eoq_shared();
  for (int32_t i = 0; i < job->passes; i++) {
    context.plan[i].packed = (STORED *)shared;
    shared += rounded(packed_size(job, &job->pass[i], &context.plan[i]) * sizeof(STORED));
    context.plan[i].columns = (SUM *)shared;
    shared += rounded(column_sums_size(job, &job->pass[i]) * sizeof(SUM));
  }
  eoq_parallel(pack_task, &context, kernel_rows * blocks_of(job));
  const int32_t unit = context.sink_rows > 0 ? context.sink_rows : 1;
  context.bands = eoq_conv_bands(job->images, (job->target_height + unit - 1) / unit, eoq_threads());
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
