/* sgd.c: the update, stochastic gradient descent with momentum. */
#include "kernels.h"
#include "partition.h"

typedef struct {
  const eoq_fp32_elementwise *kernel;
  eoq_fp32_partition partition;
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

int32_t eoq_fp32_sgd_step(int32_t weights, int32_t velocity, int32_t gradient, int32_t count, float learning_rate,
                          float momentum, float decay) {
  int32_t status = eoq_fp32_at_least("count", count, 1);
  if (status < 0 || (status = EOQ_APART(2, { "weights", weights }, { "velocity", velocity }, { "gradient", gradient })) < 0) {
    return status;
  }
  job j = { .kernel = eoq_fp32_selected()->elementwise,
            .partition = eoq_fp32_partition_of(count, 1),
            .learning_rate = learning_rate,
            .momentum = momentum,
            .decay = decay };
  if ((j.weights = eoq_fp32_data(weights, count, "weights")) == NULL ||
      (j.velocity = eoq_fp32_data(velocity, count, "velocity")) == NULL ||
      (j.gradient = eoq_fp32_data(gradient, count, "gradient")) == NULL) {
    return EOQ_ERROR_TENSOR;
  }
  eoq_parallel(chunk, &j, j.partition.chunks);
  return EOQ_OK;
}
