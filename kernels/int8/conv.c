/* conv.c: forward and backward data as exported, with their sums in memory:
 * arguments, exponents and the aligned bias. */
#include "flag.h"
#include "tally.h"

#include <stdlib.h>

static int32_t reduction(const eoq_conv_shape *s, int32_t channels) {
  const int64_t products = (int64_t)s->kernel * s->kernel * channels;
  if (products <= EOQ_MAX_REDUCTION) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "shape: sums of %lld products can pass int32, the limit is %d",
                  (long long)products, EOQ_MAX_REDUCTION);
}

int32_t eoq_int8_conv_of_forward(eoq_int8_conv *conv, const eoq_conv_shape *s, int32_t x, int32_t weights,
                                 int32_t scalars, int32_t bias, int32_t biases) {
  const int32_t status = reduction(s, s->c);
  if (status < 0) return status;
  const eoq_tensor *from = eoq_tensor_get(x, EOQ_INT8, eoq_conv_inputs(s), "x");
  eoq_tensor *by = from == NULL ? NULL : eoq_tensor_get(weights, EOQ_INT8, eoq_conv_weights(s), "weights");
  if (by == NULL) return EOQ_ERROR_TENSOR;
  if (bias != -1 && biases != 1 && biases != s->k) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "biases: %d is neither 1 nor %d", biases, s->k);
  }
  const int16_t *values = bias == -1 ? NULL : eoq_int8_scalars(scalars, bias, biases);
  if (bias != -1 && values == NULL) return EOQ_ERROR_TENSOR;
  *conv = (eoq_int8_conv){ .shape = *s,
                           .source = from,
                           .weights = by,
                           .scalars = values,
                           .biases = biases,
                           .exponent = from->exponent + by->exponent };
  return EOQ_OK;
}

int32_t eoq_int8_conv_of_backward_data(eoq_int8_conv *conv, const eoq_conv_shape *s, int32_t dy, int32_t weights) {
  const int32_t status = reduction(s, s->k);
  if (status < 0) return status;
  const eoq_tensor *from = eoq_tensor_get(dy, EOQ_INT8, eoq_conv_outputs(s), "dy");
  eoq_tensor *by = from == NULL ? NULL : eoq_tensor_get(weights, EOQ_INT8, eoq_conv_weights(s), "weights");
  if (by == NULL) return EOQ_ERROR_TENSOR;
  *conv = (eoq_int8_conv){ .shape = *s, .source = from, .weights = by, .exponent = from->exponent + by->exponent };
  return EOQ_OK;
}

int32_t eoq_int8_conv_run_forward(const eoq_int8_conv *conv, eoq_int8_conv_output *sums) {
  const int32_t k = conv->shape.k;
  /* One 16-bit scalar a channel is aligned to the exponent of the sums. */
  int32_t *aligned = conv->scalars == NULL ? NULL : malloc((size_t)k * sizeof *aligned);
  if (conv->scalars != NULL && aligned == NULL) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for %d biases", k);
  for (int32_t i = 0; aligned != NULL && i < k; i++) {
    aligned[i] = eoq_align_bias(conv->scalars[conv->biases == 1 ? 0 : i], conv->exponent);
    EOQ_TALLY_SCALE_BY_POWER(1);
  }
  const int32_t status =
    eoq_int8_selected()->conv_forward(&conv->shape, conv->source->data, conv->weights->data, aligned, sums);
  free(aligned);
  return status;
}

int32_t eoq_int8_conv_run_backward_data(const eoq_int8_conv *conv, eoq_int8_conv_output *sums) {
  return eoq_int8_selected()->conv_backward_data(&conv->shape, conv->source->data, conv->weights->data, sums);
}

static int32_t run_to_memory(const eoq_int8_conv *conv, eoq_int8_conv_run *run, eoq_tensor *to) {
  eoq_int8_conv_output sums = { .sums = to->data };
  const int32_t status = run(conv, &sums);
  to->exponent = conv->exponent;
  to->minimum = sums.extremes[0];
  to->maximum = sums.extremes[1];
  return status;
}

int32_t eoq_int8_conv_forward(int32_t x, int32_t weights, int32_t scalars, int32_t bias, int32_t biases, int32_t y,
                              int32_t shape, int32_t n) {
  eoq_conv_shape s;
  eoq_int8_conv conv;
  int32_t status = eoq_conv_shape_get(&s, shape, n, "shape");
  if (status < 0 || (status = eoq_int8_conv_of_forward(&conv, &s, x, weights, scalars, bias, biases)) < 0) {
    return status;
  }
  eoq_tensor *to = eoq_tensor_get(y, EOQ_INT32, eoq_conv_outputs(&s), "y");
  return to == NULL ? EOQ_ERROR_TENSOR : run_to_memory(&conv, eoq_int8_conv_run_forward, to);
}

int32_t eoq_int8_conv_backward_data(int32_t dy, int32_t weights, int32_t dx, int32_t shape, int32_t n) {
  eoq_conv_shape s;
  eoq_int8_conv conv;
  int32_t status = eoq_conv_shape_get(&s, shape, n, "shape");
  if (status < 0 || (status = eoq_int8_conv_of_backward_data(&conv, &s, dy, weights)) < 0) return status;
  eoq_tensor *to = eoq_tensor_get(dx, EOQ_INT32, eoq_conv_inputs(&s), "dx");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  if (conv.source->flagged) return eoq_int8_conv_backward_data_flagged(&conv, dx, to);
  return run_to_memory(&conv, eoq_int8_conv_run_backward_data, to);
}
