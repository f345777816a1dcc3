/* batchnorm_lanes.h: the batch-norm kernels of eoq_fp32_elementwise, for
 * elementwise.h to include.
 *
 * They take several tiles a step: what belongs to a lane then passes between
 * registers and memory once for all of them, and the accumulators' chains of
 * additions are as many times shorter. The last, shorter tile goes alone. */
enum { TILES = 4 };

/* Calls step(tiles, at, lanes, ...) for all `length` elements. */
#define FOR_EACH_TILES(length, width, step, ...)                                                 \
  do {                                                                                           \
    size_t at = 0;                                                                               \
    for (; at + TILES * (width) <= (length); at += TILES * (width)) step(TILES, at, width, __VA_ARGS__); \
    for (; at < (length); at += (width)) step(1, at, lanes(length, at, width), __VA_ARGS__);     \
  } while (0)

#define STEP static inline __attribute__((always_inline)) void

/* A comparison that is false for NaN keeps it, so that a diverged run shows. */
static inline float at_least(float floor, float x) {
  EOQ_FP32_TALLY(0, 0, 1);
  return x < floor ? floor : x;
}

STEP moments_step(const int tiles, size_t at, size_t m, const float *restrict x, const float *restrict pivot,
                  size_t width, float *restrict sum, float *restrict squares) {
  for (size_t j = 0; j < m; j++) {
    float total = 0, square = 0;
#pragma GCC unroll 4
    for (int t = 0; t < tiles; t++) {
      float deviation = x[at + t * width + j] - pivot[j];
      total += deviation;
      square += deviation * deviation;
      EOQ_FP32_TALLY(1, 3, 0);
    }
    sum[j] += total;
    squares[j] += square;
    EOQ_FP32_OVERHEAD(0, 2, 0);
  }
}

/* The first element of a lane is its pivot: it lies near enough to the mean
 * for squares of deviations, whatever the mean. */
static void moments(const float *restrict x, size_t length, size_t width, float *restrict pivot,
                    float *restrict sum, float *restrict squares) {
  const size_t first = lanes(length, 0, width);
  memcpy(pivot, x, first * sizeof *pivot);
  memset(pivot + first, 0, (width - first) * sizeof *pivot);
  memset(sum, 0, width * sizeof *sum);
  memset(squares, 0, width * sizeof *squares);
  FOR_EACH_TILES(length, width, moments_step, x, pivot, width, sum, squares);
}

/* Outputs may be inputs of the same index: ivdep tells the compiler that this
 * is the only overlap, which `restrict` would deny. */
STEP normalize_step(const int tiles, size_t at, size_t m, const float *x, const float *residual, const float *scale,
                    const float *shift, float floor, size_t width, float *y) {
#pragma GCC ivdep
  for (size_t j = 0; j < m; j++) {
#pragma GCC unroll 4
    for (int t = 0; t < tiles; t++) {
      const size_t i = at + t * width + j;
      const float normal = x[i] * scale[j] + shift[j];
      y[i] = at_least(floor, residual == NULL ? normal : normal + residual[i]);
      EOQ_FP32_TALLY(1, residual == NULL ? 1 : 2, 0);
    }
  }
}

static void normalize(const float *x, const float *residual, const float *scale, const float *shift, float floor,
                      size_t length, size_t width, float *y) {
  if (residual == NULL) FOR_EACH_TILES(length, width, normalize_step, x, NULL, scale, shift, floor, width, y);
  else FOR_EACH_TILES(length, width, normalize_step, x, residual, scale, shift, floor, width, y);
}

STEP mask_and_sum_step(const int tiles, size_t at, size_t m, float *restrict dy, const float *restrict skip,
                       const float *restrict y, const float *restrict x, const float *restrict mean, size_t width,
                       float *restrict sum, float *restrict product) {
  for (size_t j = 0; j < m; j++) {
    float total = 0, products = 0;
#pragma GCC unroll 4
    for (int t = 0; t < tiles; t++) {
      const size_t i = at + t * width + j;
      const float error = skip == NULL ? dy[i] : dy[i] + skip[i];
      const float g = y[i] > 0 ? error : 0;
      dy[i] = g;
      total += g;
      products += g * (x[i] - mean[j]);
      EOQ_FP32_TALLY(1, skip == NULL ? 3 : 4, 1);
    }
    sum[j] += total;
    product[j] += products;
    EOQ_FP32_OVERHEAD(0, 2, 0);
  }
}

static void mask_and_sum(float *restrict dy, const float *restrict skip, const float *restrict y,
                         const float *restrict x, const float *restrict mean, size_t length, size_t width,
                         float *restrict sum, float *restrict product) {
  memset(sum, 0, width * sizeof *sum);
  memset(product, 0, width * sizeof *product);
  if (skip == NULL) FOR_EACH_TILES(length, width, mask_and_sum_step, dy, NULL, y, x, mean, width, sum, product);
  else FOR_EACH_TILES(length, width, mask_and_sum_step, dy, skip, y, x, mean, width, sum, product);
}

/* What the ReLU lets through of dy, found again from its input. */
static inline float through_relu(float dy, float x, float scale, float shift, float floor) {
  return x * scale + shift > floor ? dy : 0;
}

STEP relu_and_sum_step(const int tiles, size_t at, size_t m, const float *restrict dy, const float *restrict x,
                       const float *restrict mean, const float *restrict scale, const float *restrict shift,
                       float floor, size_t width, float *restrict sum, float *restrict product) {
  for (size_t j = 0; j < m; j++) {
    float total = 0, products = 0;
#pragma GCC unroll 4
    for (int t = 0; t < tiles; t++) {
      const size_t i = at + t * width + j;
      const float g = through_relu(dy[i], x[i], scale[j], shift[j], floor);
      total += g;
      products += g * (x[i] - mean[j]);
      EOQ_FP32_TALLY(1, 3, 1);
      EOQ_FP32_OVERHEAD(1, 1, 0);
    }
    sum[j] += total;
    product[j] += products;
    EOQ_FP32_OVERHEAD(0, 2, 0);
  }
}

static void relu_and_sum(const float *restrict dy, const float *restrict x, const float *restrict mean,
                         const float *restrict scale, const float *restrict shift, float floor, size_t length,
                         size_t width, float *restrict sum, float *restrict product) {
  memset(sum, 0, width * sizeof *sum);
  memset(product, 0, width * sizeof *product);
  FOR_EACH_TILES(length, width, relu_and_sum_step, dy, x, mean, scale, shift, floor, width, sum, product);
}

STEP input_gradient_step(const int tiles, size_t at, size_t m, const float *restrict dy, float *restrict x,
                         const float *restrict scale, const float *restrict shift, const float *restrict slope,
                         const float *restrict offset, float floor, size_t width) {
  for (size_t j = 0; j < m; j++) {
#pragma GCC unroll 4
    for (int t = 0; t < tiles; t++) {
      const size_t i = at + t * width + j;
      const float g = shift == NULL ? dy[i] : through_relu(dy[i], x[i], scale[j], shift[j], floor);
      x[i] = scale[j] * g + (slope[j] * x[i] + offset[j]);
      EOQ_FP32_TALLY(2, 2, 0);
      if (shift != NULL) EOQ_FP32_OVERHEAD(1, 1, 1);
    }
  }
}

static void input_gradient(const float *restrict dy, float *restrict x, const float *restrict scale,
                           const float *restrict shift, const float *restrict slope, const float *restrict offset,
                           float floor, size_t length, size_t width) {
  if (shift == NULL) {
    FOR_EACH_TILES(length, width, input_gradient_step, dy, x, scale, NULL, slope, offset, floor, width);
  } else {
    FOR_EACH_TILES(length, width, input_gradient_step, dy, x, scale, shift, slope, offset, floor, width);
  }
}
