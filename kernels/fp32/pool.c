/* pool.c: the global average pool, forward and backward. */
#include "kernels.h"

#include <string.h>

typedef struct {
  const eoq_fp32_elementwise *kernel;
  const float *from;
  float *to;
  size_t pixels, c;
} job;

static int32_t sizes(int32_t n, int32_t pixels, int32_t c) {
  int32_t status;
  if ((status = eoq_fp32_at_least("n", n, 1)) < 0 || (status = eoq_fp32_at_least("pixels", pixels, 1)) < 0) {
    return status;
  }
  return eoq_fp32_at_least("c", c, 1);
}

static void forward_image(void *context, int32_t n, int32_t thread) {
  (void)thread;
  const job *j = context;
  float *y = j->to + (size_t)n * j->c;
  j->kernel->sum(j->from + (size_t)n * j->pixels * j->c, j->pixels * j->c, j->c, y);
  for (size_t c = 0; c < j->c; c++) {
    y[c] /= (float)j->pixels;
    EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 1);
  }
}

static void backward_image(void *context, int32_t n, int32_t thread) {
  (void)thread;
  const job *j = context;
  const float *dy = j->from + (size_t)n * j->c;
  float *dx = j->to + (size_t)n * j->pixels * j->c;
  for (size_t c = 0; c < j->c; c++) {
    dx[c] = dy[c] / (float)j->pixels;
    EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 1);
  }
  for (size_t i = 1; i < j->pixels; i++) memcpy(dx + i * j->c, dx, j->c * sizeof *dx);
}

int32_t eoq_fp32_pool_forward(eoq_fp32_pool_forward_call *call) {
  int32_t status = sizes(call->n, call->pixels, call->c);
  if (status < 0 || (status = EOQ_APART(1, { "y", call->y }, { "x", call->x })) < 0) return status;
  job j = { .kernel = eoq_fp32_selected()->elementwise, .pixels = call->pixels, .c = call->c };
  if ((j.from = eoq_fp32_data(call->x, (size_t)call->n * call->pixels * call->c, "x")) == NULL ||
      (j.to = eoq_fp32_data(call->y, (size_t)call->n * call->c, "y")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  EOQ_END_OF_CHECKS();
  eoq_parallel(forward_image, &j, call->n);
  return EOQ_OK;
}

int32_t eoq_fp32_pool_backward(eoq_fp32_pool_backward_call *call) {
  int32_t status = sizes(call->n, call->pixels, call->c);
  if (status < 0 || (status = EOQ_APART(1, { "dx", call->dx }, { "dy", call->dy })) < 0) return status;
  job j = { .pixels = call->pixels, .c = call->c };
  if ((j.from = eoq_fp32_data(call->dy, (size_t)call->n * call->c, "dy")) == NULL ||
      (j.to = eoq_fp32_data(call->dx, (size_t)call->n * call->pixels * call->c, "dx")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  EOQ_END_OF_CHECKS();
  eoq_parallel(backward_image, &j, call->n);
  return EOQ_OK;
}
