/* batchnorm_backward.c: gradients of batch normalization and the ReLU behind
 * it. With xhat = (x - mean) / std and m pixels
 *   dx = gamma / std (g - sum(g) / m - xhat sum(g xhat) / m),
 * g what the ReLU lets through of dy: one pass for the sums, one for dx. Of
 * statistics that are constants the last two terms are none. */
#include "../core/group.h"
#include "batchnorm_pass.h"

static void sums_chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const eoq_fp32_batchnorm_pass *pass = context;
  const eoq_fp32_partition *p = &pass->partition;
  const size_t at = (size_t)item * p->chunk, length = eoq_fp32_chunk_length(p, item);
  float *const *lanes = pass->lanes;
  float *sum = eoq_fp32_partial(p, pass->partial, item), *product = sum + p->width;
  if (pass->y == NULL) {
    pass->kernel->relu_and_sum(pass->dy + at, pass->x + at, lanes[EOQ_FP32_MEAN], lanes[EOQ_FP32_SCALE],
                               lanes[EOQ_FP32_SHIFT], pass->floor, length, p->width, sum, product);
  } else {
    pass->kernel->mask_and_sum(pass->dy + at, pass->skip == NULL ? NULL : pass->skip + at, pass->y + at, pass->x + at,
                               lanes[EOQ_FP32_MEAN], length, p->width, sum, product);
  }
}

static void input_gradient_chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const eoq_fp32_batchnorm_pass *pass = context;
  const eoq_fp32_partition *p = &pass->partition;
  const size_t at = (size_t)item * p->chunk;
  float *const *lanes = pass->lanes;
  pass->kernel->input_gradient(pass->dy + at, pass->x + at, lanes[EOQ_FP32_SCALE],
                               pass->y == NULL ? lanes[EOQ_FP32_SHIFT] : NULL, lanes[EOQ_FP32_SLOPE],
                               lanes[EOQ_FP32_OFFSET], pass->floor, eoq_fp32_chunk_length(p, item), p->width);
}

int32_t eoq_fp32_batchnorm_relu_backward(eoq_fp32_batchnorm_relu_backward_call *call) {
  eoq_fp32_batchnorm_pass pass;
  int32_t status =
    EOQ_APART(4, { "dy", call->dy }, { "x", call->x }, { "dgamma", call->dgamma }, { "dbeta", call->dbeta },
              { "skip", call->skip }, { "y", call->y }, { "gamma", call->gamma }, { "beta", call->beta },
              { "mean", call->mean }, { "inverse_std", call->inverse_std });
  if (status < 0 || (status = eoq_fp32_at_least("constant", call->constant, 0)) < 0 ||
      (status = eoq_fp32_batchnorm_pass_init(&pass, call->pixels, call->c, call->relu)) < 0) {
    return status;
  }
  if (call->y == 0 && call->skip != 0)
    return eoq_fail(EOQ_ERROR_ARGUMENT, "skip: needs y, into whose gradient it goes");
  const size_t length = pass.partition.length;
  const float *g, *b, *m, *s;
  float *dg, *db;
  if ((pass.dy = eoq_fp32_data(call->dy, length, "dy")) == NULL ||
      (call->skip != 0 && (pass.skip = eoq_fp32_data(call->skip, length, "skip")) == NULL) ||
      (call->y != 0 && (pass.y = eoq_fp32_data(call->y, length, "y")) == NULL) ||
      (pass.x = eoq_fp32_data(call->x, length, "x")) == NULL ||
      (g = eoq_fp32_data(call->gamma, call->c, "gamma")) == NULL ||
      (b = eoq_fp32_data(call->beta, call->c, "beta")) == NULL ||
      (m = eoq_fp32_data(call->mean, call->c, "mean")) == NULL ||
      (s = eoq_fp32_data(call->inverse_std, call->c, "inverse_std")) == NULL ||
      (dg = eoq_fp32_data(call->dgamma, call->c, "dgamma")) == NULL ||
      (db = eoq_fp32_data(call->dbeta, call->c, "dbeta")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  EOQ_END_OF_CHECKS();
  if ((status = eoq_fp32_batchnorm_pass_reserve(&pass)) < 0) return status;
  for (int32_t k = 0; k < call->c; k++) {
    eoq_fp32_set_lanes(&pass, EOQ_FP32_MEAN, k, m[k]);
    eoq_fp32_set_scale(&pass, k, m[k], g[k] * s[k], b[k]);
    EOQ_FP32_TALLY(1, 0, 0);
  }
  eoq_parallel(sums_chunk, &pass, pass.partition.chunks);
  const double *sums = pass.sums[0], *products = pass.sums[1];
  eoq_fp32_merge_sums(&pass.partition, pass.partial, 0, pass.sums[0]);
  eoq_fp32_merge_sums(&pass.partition, pass.partial, 1, pass.sums[1]);
  /* In one message: the second lie a tile's width behind the first. */
  status = eoq_group_sums(pass.sums[0], pass.partition.width + pass.partition.c, EOQ_FP64);
  if (status < 0) return status;
  const int64_t pixels = eoq_group_whole(call->pixels);
  for (int32_t k = 0; k < call->c; k++) {
    const double product = products[k] * s[k];
    double slope = 0, offset = 0;
    if (!call->constant) {
      slope = -(double)g[k] * s[k] * product * s[k] / pixels;
      offset = -(double)g[k] * s[k] * sums[k] / pixels - slope * m[k];
      EOQ_FP32_TALLY(6, 1, 0);
      EOQ_TALLY(EOQ_OP_FP32_DIVIDE, 2);
    }
    db[k] = (float)sums[k];
    dg[k] = (float)product;
    eoq_fp32_set_lanes(&pass, EOQ_FP32_SLOPE, k, slope);
    eoq_fp32_set_lanes(&pass, EOQ_FP32_OFFSET, k, offset);
    EOQ_FP32_TALLY(1, 0, 0);
  }
  eoq_parallel(input_gradient_chunk, &pass, pass.partition.chunks);
  return EOQ_OK;
}
