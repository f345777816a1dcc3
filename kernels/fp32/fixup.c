/* fixup.c: the ReLU of a Fixup network between its scalar biases, the end of a
 * residual branch with its multiplier among them, and the way back. A pass
 * over the data gives every scalar's gradient beside the error. */
#include "../core/group.h"
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

int32_t eoq_fp32_fixup_relu_forward(eoq_fp32_fixup_relu_forward_call *call) {
  pass p;
  float subtrahend = 0;
  int32_t status = pass_init(&p, call->count);
  if (status < 0) return status;
  p.scale = 1;
  if ((p.from = eoq_fp32_data(call->x, call->count, "x")) == NULL ||
      (call->residual != 0 && (p.residual = eoq_fp32_data(call->residual, call->count, "residual")) == NULL) ||
      (p.y = eoq_fp32_data(call->y, call->count, "y")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  if ((status = scalar(call->scalars, "scale", call->scale, -1, &p.scale)) < 0 ||
      (status = scalar(call->scalars, "before", call->before, 0, &p.before)) < 0 ||
      (status = scalar(call->scalars, "less", call->less, -1, &subtrahend)) < 0 ||
      (status = scalar(call->scalars, "behind", call->behind, -1, &p.behind)) < 0) {
    return status;
  }
  EOQ_END_OF_CHECKS();
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

/* The sums over all elements: of errors where the bias behind wants them, of products where there is a multiplier. */
static int32_t totals(const pass *p, int32_t behind, double sums[EOQ_FP32_PARTIALS]) {
  const int32_t wanted[EOQ_FP32_PARTIALS] = { [ERRORS] = behind >= 0, [THROUGH] = 1, [PRODUCT] = p->x != NULL };
  for (int32_t kind = 0; kind < EOQ_FP32_PARTIALS; kind++) {
    sums[kind] = 0;
    if (!wanted[kind]) continue;
    eoq_fp32_merge_sums(&p->partition, p->partial, kind, p->sums);
    sums[kind] = p->sums[0];
  }
  return eoq_group_sums(sums, EOQ_FP32_PARTIALS, EOQ_FP64);
}

/* What both functions take. */
typedef struct {
  int32_t dy, skip, y, scalars, gradients, before, behind, count;
} operands;

/* Checks it; the gradients' tensor in *to. */
static int32_t backward_init(pass *p, operands o, float **to) {
  int32_t status = pass_init(p, o.count);
  if (status < 0) return status;
  if ((p->dy = eoq_fp32_data(o.dy, o.count, "dy")) == NULL ||
      (o.skip != 0 && (p->skip = eoq_fp32_data(o.skip, o.count, "skip")) == NULL) ||
      (p->y = eoq_fp32_data(o.y, o.count, "y")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  if ((status = scalar(o.scalars, "before", o.before, 0, &p->before)) < 0 ||
      (status = scalar(o.scalars, "behind", o.behind, -1, &p->behind)) < 0) {
    return status;
  }
  *to = eoq_fp32_data(o.gradients, (size_t)(o.before > o.behind ? o.before : o.behind) + 1, "gradients");
  return *to == NULL ? EOQ_ERROR_TENSOR : EOQ_OK;
}

int32_t eoq_fp32_fixup_relu_backward(eoq_fp32_fixup_relu_backward_call *call) {
  pass p;
  const operands o = { call->dy,        call->skip,   call->y,      call->scalars,
                       call->gradients, call->before, call->behind, call->count };
  float *to;
  int32_t status = EOQ_APART(2, { "y", call->y }, { "gradients", call->gradients }, { "dy", call->dy },
                             { "skip", call->skip }, { "scalars", call->scalars });
  if (status < 0 || (status = backward_init(&p, o, &to)) < 0) return status;
  EOQ_END_OF_CHECKS();
  double sums[EOQ_FP32_PARTIALS];
  if ((status = backward(&p)) < 0 || (status = totals(&p, call->behind, sums)) < 0) return status;
  to[call->before] = (float)sums[THROUGH];
  if (call->behind >= 0) to[call->behind] = (float)sums[ERRORS];
  return EOQ_OK;
}

int32_t eoq_fp32_fixup_residual_backward(eoq_fp32_fixup_residual_backward_call *call) {
  pass p;
  const operands o = { call->dy,        call->skip,   call->y,      call->scalars,
                       call->gradients, call->before, call->behind, call->count };
  float *to;
  int32_t status = EOQ_APART(3, { "dy", call->dy }, { "x", call->x }, { "gradients", call->gradients },
                             { "skip", call->skip }, { "y", call->y }, { "scalars", call->scalars });
  if (status < 0 || (status = backward_init(&p, o, &to)) < 0 ||
      (status = scalar(call->scalars, "scale", call->scale, 0, &p.scale)) < 0) {
    return status;
  }
  if ((p.x = eoq_fp32_data(call->x, call->count, "x")) == NULL ||
      eoq_fp32_data(call->gradients, (size_t)call->scale + 1, "gradients") == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  EOQ_END_OF_CHECKS();
  double sums[EOQ_FP32_PARTIALS];
  if ((status = backward(&p)) < 0 || (status = totals(&p, call->behind, sums)) < 0) return status;
  to[call->before] = (float)sums[THROUGH];
  if (call->behind >= 0) to[call->behind] = (float)sums[ERRORS];
  to[call->scale] = (float)sums[PRODUCT];
  return EOQ_OK;
}
