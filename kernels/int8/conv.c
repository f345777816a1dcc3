/* conv.c: forward and backward data with their sums in memory: words,
 * exponents and the aligned bias. */
#include "flag.h"
#include "tally.h"

#include <stdlib.h>

static int32_t reduction(const eoq_conv_shape *s, int32_t channels) {
  const int64_t products = (int64_t)s->kernel * s->kernel * channels;
  if (products <= EOQ_MAX_REDUCTION) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "shape: sums of %lld products can pass int32, the limit is %d",
                  (long long)products, EOQ_MAX_REDUCTION);
}

int32_t eoq_int8_conv_of_forward(eoq_int8_conv *conv, const eoq_int8_conv_forward_call *call, const char *sums) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = reduction(&s, s.c)) < 0) return status;
  const eoq_tensor *from = eoq_tensor_get(call->x, EOQ_INT8, eoq_conv_inputs(&s), "x");
  eoq_tensor *by = from == NULL ? NULL : eoq_tensor_get(call->weights, EOQ_INT8, eoq_conv_weights(&s), "weights");
  if (by == NULL) return EOQ_ERROR_TENSOR;
  if (call->bias != -1 && call->biases != 1 && call->biases != s.k) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "biases: %d is neither 1 nor %d", call->biases, s.k);
  }
  const int16_t *values = call->bias == -1 ? NULL : eoq_int8_scalars(call->scalars, call->bias, call->biases);
  if (call->bias != -1 && values == NULL) return EOQ_ERROR_TENSOR;
  eoq_tensor *to = eoq_tensor_get(call->y, EOQ_INT32, eoq_conv_outputs(&s), sums);
  if (to == NULL) return EOQ_ERROR_TENSOR;
  *conv = (eoq_int8_conv){ .shape = s,
                           .source = from,
                           .weights = by,
                           .sums = to,
                           .scalars = values,
                           .biases = call->biases,
                           .exponent = from->exponent + by->exponent };
  return EOQ_OK;
}

int32_t eoq_int8_conv_of_backward_data(eoq_int8_conv *conv, const eoq_int8_conv_backward_data_call *call,
                                       const char *sums) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = reduction(&s, s.k)) < 0 ||
      (status = EOQ_APART(1, { "fine_sums", call->fine_sums }, { sums, call->dx })) < 0) {
    return status;
  }
  const size_t inputs = eoq_conv_inputs(&s), outputs = eoq_conv_outputs(&s);
  const eoq_tensor *from = eoq_tensor_get(call->dy, EOQ_INT8, outputs, "dy");
  eoq_tensor *by = from == NULL ? NULL : eoq_tensor_get(call->weights, EOQ_INT8, eoq_conv_weights(&s), "weights");
  eoq_tensor *to = by == NULL ? NULL : eoq_tensor_get(call->dx, EOQ_INT32, inputs, sums);
  if (to == NULL) return EOQ_ERROR_TENSOR;
  *conv =
    (eoq_int8_conv){ .shape = s, .source = from, .weights = by, .sums = to, .exponent = from->exponent + by->exponent };
  if (call->fine == 0) return EOQ_OK;
  conv->fine = eoq_tensor_get(call->fine, EOQ_INT8, outputs, "fine");
  conv->fine_sums = conv->fine == NULL ? NULL : eoq_tensor_get(call->fine_sums, EOQ_INT32, inputs, "fine_sums");
  return conv->fine_sums == NULL ? EOQ_ERROR_TENSOR : EOQ_OK;
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
    eoq_int8_selected()->conv_forward(&conv->shape, conv->source->data, conv->weights, aligned, sums);
  free(aligned);
  return status;
}

int32_t eoq_int8_conv_run_backward_data(const eoq_int8_conv *conv, eoq_int8_conv_output *sums) {
  return eoq_int8_selected()->conv_backward_data(&conv->shape, conv->source->data, conv->weights, sums);
}

static int32_t run_to_memory(const eoq_int8_conv *conv, eoq_int8_conv_run *run) {
  eoq_tensor *to = conv->sums;
  eoq_int8_conv_output sums = { .sums = to->data };
  const int32_t status = run(conv, &sums);
  to->exponent = conv->exponent;
  to->minimum = sums.extremes[0];
  to->maximum = sums.extremes[1];
  return status;
}

int32_t eoq_int8_conv_forward(eoq_int8_conv_forward_call *call) {
  eoq_int8_conv conv;
  const int32_t status = eoq_int8_conv_of_forward(&conv, call, "y");
  if (status < 0) return status;
  EOQ_END_OF_CHECKS();
  return run_to_memory(&conv, eoq_int8_conv_run_forward);
}

int32_t eoq_int8_conv_backward_data(eoq_int8_conv_backward_data_call *call) {
  eoq_int8_conv conv;
  const int32_t status = eoq_int8_conv_of_backward_data(&conv, call, "dx");
  if (status < 0) return status;
  EOQ_END_OF_CHECKS();
  if (conv.fine != NULL) return eoq_int8_conv_backward_data_flagged(&conv);
  return run_to_memory(&conv, eoq_int8_conv_run_backward_data);
}
