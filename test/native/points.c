/* points.c: 3x3 convolutions that a path's kernels run in points, held against
 * their definition. PATH is the file of the path's kernels; whether SUM is
 * floating point, FLOATING says. Prints what went wrong, or nothing. */
#include PATH

#include <stdio.h>
#include <stdlib.h>

typedef struct {
  int32_t images, height, width, inputs, outputs;
} sizes;

/* Tiles that the target cuts off, of several images, and of more than registers hold; one vector, two, and an odd
 * number of them; half a vector of inputs behind whole ones. */
static const sizes SIZES[] = {
  { 3, 4, 4, 16, 16 },   { 5, 5, 7, 16, 32 },  { 1, 9, 8, 48, 16 },  { 2, 6, 5, 32, 48 },
  { 1, 28, 28, 16, 16 }, { 7, 8, 8, 64, 64 },  { 1, 1, 1, 16, 16 },  { 2, 3, 13, 64, 48 },
  { 1, 2, 37, 32, 16 },  { 1, 5, 5, 224, 16 }, { 1, 5, 5, 16, 224 },
};

enum { RANDOM, LARGEST, SMALLEST, OPPOSITE, FILLS };

static SUM value(int fill, int weights) {
  static uint32_t state = 1;
  state = state * 1664525 + 1013904223;
  if (fill == LARGEST) return 127;
  if (fill == SMALLEST) return -128;
  if (fill == OPPOSITE) return weights ? -128 : 127;
  return (int32_t)(state >> 24) - 128;
}

static void *block(size_t bytes) {
  void *made = aligned_alloc(64, (bytes + 127) / 64 * 64);
  if (made == NULL) exit(2);
  return made;
}

/* What a sum must be, and with rounding the sum of the magnitudes. */
static SUM expected(const eoq_conv_job *job, const SOURCE *x, const WEIGHT *w, int32_t n, int32_t y, int32_t z,
                    int32_t k, double *magnitude) {
  const eoq_conv_pass *pass = job->pass;
  double sum = 0;
  *magnitude = 0;
  for (int32_t i = 0; i < 9; i++) {
    const int32_t row = y + i / 3 - 1, column = z + i % 3 - 1;
    if (row < 0 || row >= job->height || column < 0 || column >= job->width) continue;
    const SOURCE *at = x + (((size_t)n * job->height + row) * job->width + column) * job->channels;
    const WEIGHT *by =
      w + pass->weight + k * pass->weight_target + i / 3 * pass->weight_row + i % 3 * pass->weight_column;
    for (int32_t c = 0; c < job->channels; c++) {
      const double product = (double)at[c] * (double)by[c * pass->weight_source];
      sum += product;
      *magnitude += product < 0 ? -product : product;
    }
  }
  return (SUM)sum;
}

/* Rows that a sink is given, each once, and those that it does not want never. */
typedef struct {
  SUM *target;
  int32_t *taken, unwanted;
  size_t row, height;
} taken_rows;

static void take(void *context, void *sums, const void *extremes, size_t from, size_t count, int32_t thread) {
  taken_rows *rows = context;
  (void)extremes, (void)thread;
  memcpy(rows->target + from, sums, count * sizeof(SUM));
  for (size_t i = from / rows->row; i < (from + count) / rows->row; i++) rows->taken[i]++;
}

static int32_t wants(const void *context, size_t from) {
  const taken_rows *rows = context;
  return (int32_t)(from / rows->row / rows->height) != rows->unwanted;
}

static void check(const sizes *s, int backward, int fill, int kept, int with_sink) {
  eoq_conv_shape shape;
  if (eoq_conv_shape_init(&shape, s->images, s->height, s->width, s->inputs, s->outputs, 3, 1, 1) < 0) exit(3);
  static eoq_conv_job job;
  if (backward) eoq_conv_backward_data_job(&shape, &job);
  else eoq_conv_forward_job(&shape, &job);
  const size_t sources = (size_t)job.images * job.height * job.width * job.channels;
  const size_t row = (size_t)job.width * job.target_channels, rows = (size_t)job.images * job.height;
  const size_t weights = (size_t)9 * job.channels * job.target_channels;
  SOURCE *x = block(sources * sizeof *x);
  WEIGHT *w = block(weights * sizeof *w);
  SUM *target = block(rows * row * sizeof *target), *bias = block(job.target_channels * sizeof *bias);
  POINT_ELEMENT *room = kept ? block(weight_points_bytes(&job)) : NULL;
  int32_t *taken = calloc(rows, sizeof *taken), *order = malloc(job.images * sizeof *order);
  for (size_t i = 0; i < sources; i++) x[i] = (SOURCE)value(fill, 0);
  for (size_t i = 0; i < weights; i++) w[i] = (WEIGHT)value(fill, 1);
  for (int32_t i = 0; i < job.target_channels; i++) bias[i] = (SUM)(100000 * i);
  for (size_t i = 0; i < rows * row; i++) target[i] = 77;
  for (int32_t i = 0; i < job.images; i++) order[i] = job.images - 1 - i;

  taken_rows sunk = { .target = target, .taken = taken, .unwanted = 1, .row = row, .height = job.height };
  const eoq_conv_sink sink = { .take = take, .wants = wants, .context = &sunk, .order = order };
  pass_plan plans[EOQ_MAX_PASSES];
  conv_context conv = { .job = &job, .source = x, .weights = w, .bias = bias, .target = target, .plan = plans };
  plan_passes(&conv);
  if (with_sink) {
    conv.sink = &sink;
    conv.target = NULL;
    conv.sink_rows = eoq_conv_sink_rows(&job, sizeof(SUM));
  }
  const char *what = backward ? "backward" : "forward";
  if (!fits_points(&conv)) printf("%dx%d %d->%d %s does not fit\n", s->height, s->width, s->inputs, s->outputs, what);
  clear_lines();
  for (int turn = 0; turn <= kept; turn++) {
    if (run_points(&conv, room, turn) < 0) exit(4);
  }
  double lowest_sum = 0, highest_sum = 0;
  for (size_t i = 0; i < rows * row; i++) {
    const int32_t n = (int32_t)(i / row / job.height), y = (int32_t)(i / row % job.height);
    const int32_t z = (int32_t)(i % row / job.target_channels), k = (int32_t)(i % job.target_channels);
    double magnitude, must = 77, error = 0;
    if (!with_sink || n != 1) {
      must = expected(&job, x, w, n, y, z, k, &magnitude) + bias[k];
      lowest_sum = must < lowest_sum ? must : lowest_sum;
      highest_sum = must > highest_sum ? must : highest_sum;
      if (FLOATING) error = 1e-5 * (magnitude + bias[k]);
    }
    const double off = (double)target[i] - must;
    if (off >= -error && off <= error) continue;
    printf("%dx%dx%d %d->%d %s, fill %d, kept %d, sink %d: sum %zu is %g, must be %g\n", s->images, s->height, s->width,
           s->inputs, s->outputs, what, fill, kept, with_sink, i, (double)target[i], must);
    exit(1);
  }
#if EXTREMES
  SUM extremes[2];
  find_extremes(extremes);
  if (extremes[0] != lowest_sum || extremes[1] != highest_sum) {
    printf("%dx%d %d->%d %s: extremes are %d and %d, must be %g and %g\n", s->height, s->width, s->inputs, s->outputs,
           what, extremes[0], extremes[1], lowest_sum, highest_sum);
    exit(1);
  }
#endif
  for (size_t i = 0; i < rows && with_sink; i++) {
    if (taken[i] == (i / job.height == 1 ? 0 : 1 + kept)) continue;
    printf("row %zu taken %d times\n", i, taken[i]);
    exit(1);
  }
  free(x), free(w), free(target), free(bias), free(room), free(taken), free(order);
}

/* Whether a convolution of so many channels can be run in points. */
static int32_t fits(int32_t channels) {
  eoq_conv_shape shape;
  if (eoq_conv_shape_init(&shape, 1, 8, 8, channels, 16, 3, 1, 1) < 0) exit(3);
  static eoq_conv_job job;
  eoq_conv_forward_job(&shape, &job);
  pass_plan plans[EOQ_MAX_PASSES];
  conv_context conv = { .job = &job, .plan = plans };
  plan_passes(&conv);
  return fits_points(&conv);
}

int main(void) {
  for (int32_t threads = 1; threads <= 2; threads++) {
    eoq_threads_set(threads);
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
      const sizes *s = &SIZES[i];
      for (int run = 0; run < 2 * 2 * 2; run++) {
        const int sink = run / 4 && s->width * s->inputs % 64 == 0 && s->width * s->outputs % 64 == 0;
        check(s, run & 1, RANDOM, run / 2 % 2, sink);
      }
      for (int fill = LARGEST; fill < FILLS; fill++) check(s, fill % 2, fill, 0, 0);
    }
  }
  /* 9 * 224 products of 128 * 128 are below 2^25, 9 * 240 are not. */
  if (!fits(224) || fits(240) != FLOATING) printf("the most channels are wrong\n");
}
