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
} job;

static void chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  size_t at = (size_t)item * j->partition.chunk;
  j->kernel->sgd(j->weights + at, j->velocity + at, j->gradient + at, eoq_fp32_chunk_length(&j->partition, item),
                 j->learning_rate, j->momentum, j->decay);
}

static void centered_channel(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  size_t at = (size_t)item * j->channel;
  j->kernel->sgd_centered(j->weights + at, j->velocity + at, j->gradient + at, j->channel, j->learning_rate,
                          j->momentum, j->decay);
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

int32_t eoq_fp32_sgd_step(int32_t weights, int32_t velocity, int32_t gradient, float learning_rate, float momentum,
                          float decay, int32_t count) {
  job j = { .learning_rate = learning_rate, .momentum = momentum, .decay = decay };
  int32_t status = eoq_fp32_at_least("count", count, 1);
  if (status < 0 || (status = find(&j, weights, velocity, gradient, count)) < 0) return status;
  j.partition = eoq_fp32_partition_of(count, 1);
  eoq_parallel(chunk, &j, j.partition.chunks);
  return EOQ_OK;
}

int32_t eoq_fp32_sgd_step_centered(int32_t weights, int32_t velocity, int32_t gradient, float learning_rate,
                                   float momentum, float decay, int32_t k, int32_t length) {
  job j = { .learning_rate = learning_rate, .momentum = momentum, .decay = decay };
  int32_t status = eoq_fp32_at_least("k", k, 1);
  if (status < 0 || (status = eoq_fp32_at_least("length", length, 1)) < 0) return status;
  j.channel = length;
  if ((status = find(&j, weights, velocity, gradient, k * j.channel)) < 0) return status;
  eoq_parallel(centered_channel, &j, k);
  return EOQ_OK;
}
