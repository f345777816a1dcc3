/* fixup.c: the ReLU of a Fixup network between its scalar biases, the end of a
 * residual branch with its multiplier among them, and the way back. A pass
 * over the data gives every scalar's gradient beside the error. */
#include "batchnorm_statistics.h"

/* Partial sums of a chunk: of the error of the bias behind, of what the ReLU
 * lets through, and of that times x. */
enum { ERRORS, THROUGH, PRODUCT };

typedef struct {
  const eoq_fp32_elementwise *kernel;
  eoq_fp32_partition partition;
  const float *from, *residual, *skip;
  float *x, *y, *dy, *partial;
  double *sums;
  float scale, before, behind;
} pass;

static int32_t pass_init(pass *p, int32_t count) {
  int32_t status = eoq_fp32_at_least("count", count, 1);
  if (status < 0) return status;
  *p = (pass){ .kernel = eoq_fp32_selected()->elementwise, .partition = eoq_fp32_partition_of(count, 1) };
  return EOQ_OK;
}

/* An element of the scalars in *value; nothing for index -1 where `least` allows that. */
static int32_t scalar(int32_t scalars, const char *name, int32_t index, int32_t least, float *value) {
  int32_t status = eoq_fp32_at_least(name, index, least);
  if (status < 0 || index < 0) return status;
  const float *data = eoq_fp32_data(scalars, (size_t)index + 1, "scalars");
  if (data == NULL) return EOQ_ERROR_TENSOR;
  *value = data[index];
  return EOQ_OK;
}

static void forward_chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const pass *p = context;
  const size_t at = (size_t)item * p->partition.chunk;
  p->kernel->fixup_relu(p->from + at, p->residual == NULL ? NULL : p->residual + at, p->scale, p->before, p->behind,
                        eoq_fp32_chunk_length(&p->partition, item), p->y + at);
}

int32_t eoq_fp32_fixup_relu_forward(int32_t x, int32_t residual, int32_t scalars, int32_t scale, int32_t before,
                                    int32_t less, int32_t behind, int32_t y, int32_t count) {
  pass p;
  float subtrahend = 0;
  int32_t status = pass_init(&p, count);
  if (status < 0) return status;
  p.scale = 1;
  if ((p.from = eoq_fp32_data(x, count, "x")) == NULL ||
      (residual != 0 && (p.residual = eoq_fp32_data(residual, count, "residual")) == NULL) ||
      (p.y = eoq_fp32_data(y, count, "y")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  if ((status = scalar(scalars, "scale", scale, -1, &p.scale)) < 0 ||
      (status = scalar(scalars, "before", before, 0, &p.before)) < 0 ||
      (status = scalar(scalars, "less", less, -1, &subtrahend)) < 0 ||
      (status = scalar(scalars, "behind", behind, -1, &p.behind)) < 0) {
    return status;
  }
  p.before -= subtrahend;
  EOQ_FP32_TALLY(0, 1, 0);
  eoq_parallel(forward_chunk, &p, p.partition.chunks);
  return EOQ_OK;
}

static void backward_chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const pass *p = context;
  const size_t at = (size_t)item * p->partition.chunk, length = eoq_fp32_chunk_length(&p->partition, item);
  const size_t width = p->partition.width;
  const float *skip = p->skip == NULL ? NULL : p->skip + at;
  float *sums = eoq_fp32_partial(&p->partition, p->partial, item);
  if (p->x == NULL) {
    p->kernel->fixup_relu_gradient(p->dy + at, skip, p->y + at, p->behind, length, width, sums + ERRORS * width,
                                   sums + THROUGH * width);
  } else {
    p->kernel->fixup_residual_gradient(p->dy + at, skip, p->y + at, p->x + at, p->scale, p->behind, length, width,
                                       sums + ERRORS * width, sums + THROUGH * width, sums + PRODUCT * width);
  }
}

/* Runs the pass, whose tensors are checked; the sums are ready behind it. */
static int32_t backward(pass *p) {
  const size_t width = p->partition.width, partials = EOQ_FP32_PARTIALS * (size_t)p->partition.chunks;
  int32_t status = eoq_scratch_reserve((sizeof(double) + partials * sizeof(float)) * width);
  if (status < 0) return status;
  p->sums = eoq_scratch(0);
  p->partial = (float *)(p->sums + width);
  eoq_parallel(backward_chunk, p, p->partition.chunks);
  return EOQ_OK;
}

/* The sum of one kind over all elements. */
static float total(const pass *p, int32_t kind) {
  eoq_fp32_merge_sums(&p->partition, p->partial, kind, p->sums);
  return (float)p->sums[0];
}

/* What both functions take; the gradients' tensor in *to. */
static int32_t backward_init(pass *p, int32_t dy, int32_t skip, int32_t y, int32_t count, int32_t scalars,
                             int32_t gradients, int32_t before, int32_t behind, float **to) {
  int32_t status = pass_init(p, count);
  if (status < 0) return status;
  if ((p->dy = eoq_fp32_data(dy, count, "dy")) == NULL ||
      (skip != 0 && (p->skip = eoq_fp32_data(skip, count, "skip")) == NULL) ||
      (p->y = eoq_fp32_data(y, count, "y")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  if ((status = scalar(scalars, "before", before, 0, &p->before)) < 0 ||
      (status = scalar(scalars, "behind", behind, -1, &p->behind)) < 0) {
    return status;
  }
  *to = eoq_fp32_data(gradients, (size_t)(before > behind ? before : behind) + 1, "gradients");
  return *to == NULL ? EOQ_ERROR_TENSOR : EOQ_OK;
}

int32_t eoq_fp32_fixup_relu_backward(int32_t dy, int32_t skip, int32_t y, int32_t scalars, int32_t gradients,
                                     int32_t before, int32_t behind, int32_t count) {
  pass p;
  float *to;
  int32_t status =
    EOQ_APART(2, { "y", y }, { "gradients", gradients }, { "dy", dy }, { "skip", skip }, { "scalars", scalars });
  if (status < 0 || (status = backward_init(&p, dy, skip, y, count, scalars, gradients, before, behind, &to)) < 0 ||
      (status = backward(&p)) < 0) {
    return status;
  }
  to[before] = total(&p, THROUGH);
  if (behind >= 0) to[behind] = total(&p, ERRORS);
  return EOQ_OK;
}

int32_t eoq_fp32_fixup_residual_backward(int32_t dy, int32_t skip, int32_t y, int32_t x, int32_t scalars,
                                         int32_t gradients, int32_t scale, int32_t before, int32_t behind,
                                         int32_t count) {
  pass p;
  float *to;
  int32_t status = EOQ_APART(3, { "dy", dy }, { "x", x }, { "gradients", gradients }, { "skip", skip }, { "y", y },
                             { "scalars", scalars });
  if (status < 0 || (status = backward_init(&p, dy, skip, y, count, scalars, gradients, before, behind, &to)) < 0 ||
      (status = scalar(scalars, "scale", scale, 0, &p.scale)) < 0) {
    return status;
  }
  if ((p.x = eoq_fp32_data(x, count, "x")) == NULL ||
      eoq_fp32_data(gradients, (size_t)scale + 1, "gradients") == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  if ((status = backward(&p)) < 0) return status;
  to[before] = total(&p, THROUGH);
  if (behind >= 0) to[behind] = total(&p, ERRORS);
  to[scale] = total(&p, PRODUCT);
  return EOQ_OK;
}
