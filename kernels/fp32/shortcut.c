/* shortcut.c: the parameter-free shortcut of a residual block: every
 * stride-th pixel, zero channels appended. */
#include "kernels.h"

#include <string.h>

typedef struct {
  const eoq_fp32_elementwise *kernel;
  const eoq_conv_shape *s;
  const float *from;
  float *to;
} job;

/* First element of the input pixel behind output pixel (n, y, x). */
static size_t source(const eoq_conv_shape *s, int32_t n, int32_t y, int32_t x) {
  return (((size_t)n * s->h + (size_t)y * s->stride) * s->w + (size_t)x * s->stride) * s->c;
}

static void forward_image(void *context, int32_t n, int32_t thread) {
  (void)thread;
  const job *j = context;
  const eoq_conv_shape *s = j->s;
  float *to = j->to + (size_t)n * s->oh * s->ow * s->k;
  for (int32_t y = 0; y < s->oh; y++) {
    for (int32_t x = 0; x < s->ow; x++, to += s->k) {
      memcpy(to, j->from + source(s, n, y, x), (size_t)s->c * sizeof *to);
      memset(to + s->c, 0, (size_t)(s->k - s->c) * sizeof *to);
    }
  }
}

static void backward_image(void *context, int32_t n, int32_t thread) {
  (void)thread;
  const job *j = context;
  const eoq_conv_shape *s = j->s;
  const float *from = j->from + (size_t)n * s->oh * s->ow * s->k;
  if (s->stride == 1 && s->c == s->k) {
    j->kernel->add(from, (size_t)s->h * s->w * s->c, j->to + source(s, n, 0, 0));
    return;
  }
  for (int32_t y = 0; y < s->oh; y++) {
    for (int32_t x = 0; x < s->ow; x++, from += s->k) j->kernel->add(from, s->c, j->to + source(s, n, y, x));
  }
}

int32_t eoq_fp32_shortcut_forward(eoq_fp32_shortcut_forward_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shortcut_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "y", call->y }, { "x", call->x })) < 0) return status;
  job j = { .s = &s };
  if ((j.from = eoq_fp32_data(call->x, eoq_conv_inputs(&s), "x")) == NULL ||
      (j.to = eoq_fp32_data(call->y, eoq_conv_outputs(&s), "y")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  EOQ_END_OF_CHECKS();
  eoq_parallel(forward_image, &j, call->n);
  return EOQ_OK;
}

int32_t eoq_fp32_shortcut_backward(eoq_fp32_shortcut_backward_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shortcut_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "dx", call->dx }, { "dy", call->dy })) < 0) return status;
  job j = { .kernel = eoq_fp32_selected()->elementwise, .s = &s };
  if ((j.from = eoq_fp32_data(call->dy, eoq_conv_outputs(&s), "dy")) == NULL ||
      (j.to = eoq_fp32_data(call->dx, eoq_conv_inputs(&s), "dx")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  EOQ_END_OF_CHECKS();
  eoq_parallel(backward_image, &j, call->n);
  return EOQ_OK;
}
