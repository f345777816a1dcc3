/* conv.c: the convolutions as exported: arguments, exponents, the aligned
 * bias, and the last sum of the weight gradients. */
#include "ranges.h"

#include <stdlib.h>

static int32_t reduction(const char *name, const eoq_conv_shape *s, int32_t channels) {
  const int64_t products = (int64_t)s->kernel * s->kernel * channels;
  if (products <= EOQ_MAX_REDUCTION) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: sums of %lld products can pass int32, the limit is %d", name,
                  (long long)products, EOQ_MAX_REDUCTION);
}

int32_t eoq_int8_conv_forward(int32_t x, int32_t weights, int32_t scalars, int32_t bias, int32_t biases, int32_t y,
                              int32_t n, int32_t h, int32_t w, int32_t c, int32_t k, int32_t kernel, int32_t stride,
                              int32_t pad) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_init(&s, n, h, w, c, k, kernel, stride, pad);
  if (status < 0 || (status = reduction("c", &s, c)) < 0) return status;
  eoq_tensor *from = eoq_tensor_get(x, EOQ_INT8, eoq_conv_inputs(&s), "x");
  eoq_tensor *by = from == NULL ? NULL : eoq_tensor_get(weights, EOQ_INT8, eoq_conv_weights(&s), "weights");
  eoq_tensor *to = by == NULL ? NULL : eoq_tensor_get(y, EOQ_INT32, eoq_conv_outputs(&s), "y");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  if (bias != -1 && biases != 1 && biases != k) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "biases: %d is neither 1 nor %d", biases, k);
  }
  const int16_t *scalar = bias == -1 ? NULL : eoq_int8_scalars(scalars, bias, biases);
  if (bias != -1 && scalar == NULL) return EOQ_ERROR_TENSOR;

  /* One 16-bit scalar a channel is aligned to the exponent of the sums. */
  const int32_t exponent = from->exponent + by->exponent;
  int32_t *aligned = scalar == NULL ? NULL : malloc((size_t)k * sizeof *aligned);
  if (scalar != NULL && aligned == NULL) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for %d biases", k);
  for (int32_t i = 0; aligned != NULL && i < k; i++) {
    aligned[i] = eoq_align_bias(scalar[biases == 1 ? 0 : i], exponent);
  }
  int32_t extremes[2];
  status = eoq_int8_selected()->conv_forward(&s, from->data, by->data, aligned, to->data, extremes);
  free(aligned);
  to->exponent = exponent;
  to->minimum = extremes[0];
  to->maximum = extremes[1];
  return status;
}

int32_t eoq_int8_conv_backward_data(int32_t dy, int32_t weights, int32_t dx, int32_t n, int32_t h, int32_t w,
                                    int32_t c, int32_t k, int32_t kernel, int32_t stride, int32_t pad) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_init(&s, n, h, w, c, k, kernel, stride, pad);
  if (status < 0 || (status = reduction("k", &s, k)) < 0) return status;
  eoq_tensor *from = eoq_tensor_get(dy, EOQ_INT8, eoq_conv_outputs(&s), "dy");
  eoq_tensor *by = from == NULL ? NULL : eoq_tensor_get(weights, EOQ_INT8, eoq_conv_weights(&s), "weights");
  eoq_tensor *to = by == NULL ? NULL : eoq_tensor_get(dx, EOQ_INT32, eoq_conv_inputs(&s), "dx");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  int32_t extremes[2];
  status = eoq_int8_selected()->conv_backward_data(&s, from->data, by->data, to->data, extremes);
  to->exponent = from->exponent + by->exponent;
  to->minimum = extremes[0];
  to->maximum = extremes[1];
  return status;
}

/* Sums over one partial stay within int32 while it covers this many pixels,
 * so a wide batch is cut into more chunks than there are threads. */
static int32_t chunks_for(const eoq_conv_shape *s) {
  const int32_t images = EOQ_MAX_INT32_PRODUCTS / (s->oh * s->ow);
  const int32_t exact = (s->n + images - 1) / images, threads = eoq_threads();
  const int32_t shared = exact > threads ? exact : threads;
  /* eoq_share() gives chunks of floor or ceiling size: ceil(n / chunks) <= images. */
  return shared < s->n ? shared : s->n;
}

typedef struct {
  const eoq_conv_shape *shape;
  const eoq_int8_partials *partials;
  int32_t *narrow;
  int64_t *wide;
} sum_context;

/* Inputs an item: a block that keeps the reads and the transposed writes of
 * all output channels in the nearest cache. */
enum { INPUTS_A_BLOCK = 16 };

static void sum_block(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  const sum_context *c = argument;
  const eoq_int8_partials *p = c->partials;
  const size_t inputs = eoq_conv_weights(c->shape) / c->shape->k, chunk = inputs * p->channels;
  const size_t from = (size_t)item * INPUTS_A_BLOCK;
  const size_t to = from + INPUTS_A_BLOCK < inputs ? from + INPUTS_A_BLOCK : inputs;
  for (int32_t k = 0; k < c->shape->k; k++) {
    for (size_t i = from; i < to; i++) {
      const int32_t *at = p->sums + i * p->channels + k;
      int64_t sum = 0;
      for (int32_t j = 0; j < p->chunks; j++) sum += at[j * chunk];
      if (c->wide != NULL) c->wide[k * inputs + i] = sum;
      else c->narrow[k * inputs + i] = (int32_t)sum;
    }
  }
}

int32_t eoq_int8_conv_backward_weights(int32_t x, int32_t dy, int32_t dw, int32_t n, int32_t h, int32_t w, int32_t c,
                                       int32_t k, int32_t kernel, int32_t stride, int32_t pad) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_init(&s, n, h, w, c, k, kernel, stride, pad);
  if (status < 0) return status;
  const int64_t pixels = (int64_t)s.oh * s.ow;
  if (pixels > EOQ_MAX_INT32_PRODUCTS) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "h, w: an output of %lld pixels can pass int32, the limit is %d",
                    (long long)pixels, EOQ_MAX_INT32_PRODUCTS);
  }
  const int32_t type = eoq_tensor_type(dw) == EOQ_INT64 ? EOQ_INT64 : EOQ_INT32;
  if (type == EOQ_INT32 && n * pixels > EOQ_MAX_INT32_PRODUCTS) {
    return eoq_fail(EOQ_ERROR_TENSOR, "dw: sums of %lld products need int64", (long long)(n * pixels));
  }
  eoq_tensor *input = eoq_tensor_get(x, EOQ_INT8, eoq_conv_inputs(&s), "x");
  eoq_tensor *error = input == NULL ? NULL : eoq_tensor_get(dy, EOQ_INT8, eoq_conv_outputs(&s), "dy");
  eoq_tensor *to = error == NULL ? NULL : eoq_tensor_get(dw, type, eoq_conv_weights(&s), "dw");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  eoq_int8_partials partials;
  status = eoq_int8_selected()->conv_backward_weights(&s, input->data, error->data, chunks_for(&s), &partials);
  if (status < 0) return status;
  sum_context sums = {
    .shape = &s,
    .partials = &partials,
    .narrow = type == EOQ_INT32 ? to->data : NULL,
    .wide = type == EOQ_INT64 ? to->data : NULL,
  };
  eoq_parallel(sum_block, &sums, (int32_t)((eoq_conv_weights(&s) / k + INPUTS_A_BLOCK - 1) / INPUTS_A_BLOCK));
  to->exponent = input->exponent + error->exponent;
  to->minimum = INT32_MIN; /* not measured: the update looks for itself */
  to->maximum = INT32_MAX;
  return EOQ_OK;
}
