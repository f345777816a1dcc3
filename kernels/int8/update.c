/* update.c: SGD with momentum on int8 weights, and on the 16-bit scalars. */
#include "ranges.h"

typedef struct {
  const eoq_int8_elementwise *kernels;
  const int32_t *narrow;
  const int64_t *wide;
  int8_t *weights;
  int32_t *momentum;
  size_t count;
  eoq_update update;
  uint64_t magnitude[EOQ_MAX_THREADS];
} context;

enum { MOMENTUM_FRACTION = 12, LOWEST_RATE = -40, HIGHEST_RATE = 8 };

static void magnitude_range(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const size_t from = eoq_range_from(c->count, item), length = eoq_range_length(c->count, item);
  const uint64_t m = c->wide != NULL ? c->kernels->magnitude64(c->wide + from, length)
                                     : c->kernels->magnitude32(c->narrow + from, length);
  c->magnitude[thread] = m > c->magnitude[thread] ? m : c->magnitude[thread];
}

static void update_range(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const size_t from = eoq_range_from(c->count, item), to = from + eoq_range_length(c->count, item);
  if (c->wide != NULL) c->kernels->update64(c->update, c->wide, from, to, c->weights, c->momentum);
  else c->kernels->update32(c->update, c->narrow, from, to, c->weights, c->momentum);
}

static int32_t check_rate(int32_t rate) {
  if (rate >= LOWEST_RATE && rate <= HIGHEST_RATE) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "rate: 2^%d is not in 2^%d..2^%d", rate, LOWEST_RATE, HIGHEST_RATE);
}

int32_t eoq_int8_update(int32_t weights, int32_t momentum, int32_t dw, int32_t count, int32_t rate, uint32_t seed,
                        uint32_t step, uint32_t tensor) {
  int32_t status = eoq_int8_count("count", count);
  if (status < 0 || (status = check_rate(rate)) < 0) return status;
  const int32_t type = eoq_tensor_type(dw) == EOQ_INT64 ? EOQ_INT64 : EOQ_INT32;
  eoq_tensor *w = eoq_tensor_get(weights, EOQ_INT8, (size_t)count, "weights");
  eoq_tensor *v = w == NULL ? NULL : eoq_tensor_get(momentum, EOQ_INT32, (size_t)count, "momentum");
  eoq_tensor *g = v == NULL ? NULL : eoq_tensor_get(dw, type, (size_t)count, "dw");
  if (g == NULL) return EOQ_ERROR_TENSOR;
  if (eoq_magnitude(v->minimum, v->maximum) > EOQ_MOMENTUM_LIMIT) {
    return eoq_fail(EOQ_ERROR_TENSOR, "momentum: holds values beyond +-%d", EOQ_MOMENTUM_LIMIT);
  }
  context c = {
    .kernels = eoq_int8_selected()->elementwise,
    .narrow = type == EOQ_INT32 ? g->data : NULL,
    .wide = type == EOQ_INT64 ? g->data : NULL,
    .weights = w->data, .momentum = v->data, .count = (size_t)count,
  };
  eoq_parallel(magnitude_range, &c, eoq_ranges(c.count));
  uint64_t magnitude = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) magnitude = c.magnitude[t] > magnitude ? c.magnitude[t] : magnitude;
  const int32_t shift = eoq_quantize_shift(magnitude);
  c.update = (eoq_update){
    .shift = shift,
    .rate = g->exponent + shift + rate - (w->exponent - MOMENTUM_FRACTION),
    .gradient_key = eoq_random_stream(seed, step, 2 * tensor),
    .update_key = eoq_random_stream(seed, step, 2 * tensor + 1),
  };
  eoq_parallel(update_range, &c, eoq_ranges(c.count));
  w->minimum = -127;
  w->maximum = 127;
  v->minimum = -EOQ_MOMENTUM_LIMIT;
  v->maximum = EOQ_MOMENTUM_LIMIT;
  return EOQ_OK;
}

/* Scalars learn a tenth as fast: 205 / 2^11. */
enum { SCALAR_FRACTION = 16, TENTH = 205, TENTH_FRACTION = 11, MOST_SCALARS = 1 << 20 };
#define SCALAR_LIMIT ((int64_t)1 << 44)
#define SUM_LIMIT ((int64_t)1 << 52)
#define EXPONENT_LIMIT ((int64_t)1 << 20)

static int32_t scalar_count(const char *name, int32_t count) {
  if (count >= 0 && count <= MOST_SCALARS) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: %d is not in 0..%d", name, count, MOST_SCALARS);
}

int32_t eoq_int8_update_scalars(int32_t scalars, int32_t momentum, int32_t gradients, int32_t biases, int32_t scales,
                                int32_t rate, uint32_t seed, uint32_t step, uint32_t tensor) {
  int32_t status = check_rate(rate);
  if (status < 0) return status;
  if ((status = scalar_count("biases", biases)) < 0 || (status = scalar_count("scales", scales)) < 0) return status;
  const int32_t count = biases + scales;
  eoq_tensor *s = eoq_tensor_get(scalars, EOQ_INT16, (size_t)count, "scalars");
  eoq_tensor *v = s == NULL ? NULL : eoq_tensor_get(momentum, EOQ_INT64, (size_t)count, "momentum");
  eoq_tensor *g = v == NULL ? NULL : eoq_tensor_get(gradients, EOQ_INT64, 2 * (size_t)count, "gradients");
  if (g == NULL) return EOQ_ERROR_TENSOR;
  int16_t *values = s->data;
  int64_t *velocities = v->data;
  const int64_t *sums = g->data;
  const eoq_random_key key = eoq_random_stream(seed, step, 2 * tensor);
  for (int32_t i = 0; i < count; i++) {
    const int32_t unit = (i < biases ? EOQ_BIAS_EXPONENT : EOQ_SCALE_EXPONENT) - SCALAR_FRACTION;
    const int32_t exponent = (int32_t)eoq_clamp64(sums[2 * i + 1], EXPONENT_LIMIT);
    const int32_t shift = exponent + rate - unit - TENTH_FRACTION;
    const int64_t scaled = eoq_clamp64(sums[2 * i], SUM_LIMIT) * TENTH;
    int64_t velocity = eoq_clamp64(velocities[i], SCALAR_LIMIT);
    velocity += eoq_scale_by_power(scaled, shift, SCALAR_LIMIT) - ((velocity + 4) >> 3);
    velocity = eoq_clamp64(velocity, SCALAR_LIMIT);
    velocities[i] = velocity;
    const int64_t bits = eoq_random(key, (uint32_t)i) >> (32 - SCALAR_FRACTION);
    const int64_t next = values[i] - eoq_clamp64((velocity + bits) >> SCALAR_FRACTION, INT16_MAX);
    values[i] = (int16_t)eoq_clamp64(next, INT16_MAX);
  }
  return EOQ_OK;
}
