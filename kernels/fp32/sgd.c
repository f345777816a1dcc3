/* sgd.c: the update, stochastic gradient descent with momentum. */
#include "kernels.h"
#include "partition.h"

typedef struct {
  const eoq_fp32_elementwise *kernel;
  eoq_fp32_partition partition; /* of whole tensors */
  size_t channel;               /* elements of an output channel */
  float *weights, *velocity;
  const float *gradient;
  float learning_rate, momentum, decay;
  int32_t nesterov;
} job;

static void chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  size_t at = (size_t)item * j->partition.chunk;
  j->kernel->sgd(j->weights + at, j->velocity + at, j->gradient + at, eoq_fp32_chunk_length(&j->partition, item),
                 j->learning_rate, j->momentum, j->decay, j->nesterov);
}

static void centered_channel(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  size_t at = (size_t)item * j->channel;
  j->kernel->sgd_centered(j->weights + at, j->velocity + at, j->gradient + at, j->channel, j->learning_rate,
                          j->momentum, j->decay, j->nesterov);
}

/* Finds tensors of `count` elements that lie apart. */
static int32_t find(job *j, int32_t weights, int32_t velocity, int32_t gradient, size_t count) {
  int32_t status = EOQ_APART(2, { "weights", weights }, { "velocity", velocity }, { "gradient", gradient });
  if (status < 0) return status;
  j->kernel = eoq_fp32_selected()->elementwise;
  if ((j->weights = eoq_fp32_data(weights, count, "weights")) == NULL ||
      (j->velocity = eoq_fp32_data(velocity, count, "velocity")) == NULL ||
      (j->gradient = eoq_fp32_data(gradient, count, "gradient")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  return EOQ_OK;
}

int32_t eoq_fp32_sgd_step(eoq_fp32_sgd_step_call *call) {
  job j = {
    .learning_rate = call->learning_rate, .momentum = call->momentum, .decay = call->decay, .nesterov = call->nesterov
  };
  int32_t status = eoq_fp32_at_least("nesterov", call->nesterov, 0);
  if (status < 0 || (status = eoq_fp32_at_least("count", call->count, 1)) < 0 ||
      (status = find(&j, call->weights, call->velocity, call->gradient, call->count)) < 0)
    return status;
  EOQ_END_OF_CHECKS();
  j.partition = eoq_fp32_partition_of(call->count, 1);
  eoq_parallel(chunk, &j, j.partition.chunks);
  return EOQ_OK;
}

int32_t eoq_fp32_sgd_step_centered(eoq_fp32_sgd_step_centered_call *call) {
  job j = {
    .learning_rate = call->learning_rate, .momentum = call->momentum, .decay = call->decay, .nesterov = call->nesterov
  };
  int32_t status = eoq_fp32_at_least("nesterov", call->nesterov, 0);
  if (status < 0 || (status = eoq_fp32_at_least("k", call->k, 1)) < 0 ||
      (status = eoq_fp32_at_least("length", call->length, 1)) < 0)
    return status;
  j.channel = call->length;
  if ((status = find(&j, call->weights, call->velocity, call->gradient, call->k * j.channel)) < 0) return status;
  EOQ_END_OF_CHECKS();
  eoq_parallel(centered_channel, &j, call->k);
  return EOQ_OK;
}
