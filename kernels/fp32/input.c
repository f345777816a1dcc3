/* input.c: the pixels of a batch as numbers. */
#include "kernels.h"
#include "partition.h"

typedef struct {
  const eoq_fp32_elementwise *kernel;
  eoq_fp32_partition partition;
  const uint8_t *images;
  int32_t offset;
  float *x;
} job;

enum { CENTRE = 128 };

static void chunk(void *context, int32_t item, int32_t thread) {
  (void)thread;
  const job *j = context;
  size_t at = (size_t)item * j->partition.chunk;
  j->kernel->from_uint8(j->images + at, eoq_fp32_chunk_length(&j->partition, item), j->offset, j->x + at);
}

int32_t eoq_fp32_from_uint8(eoq_fp32_from_uint8_call *call) {
  int32_t status = eoq_fp32_at_least("count", call->count, 1);
  if (status < 0) return status;
  if (call->offset != 0 && call->offset != CENTRE)
    return eoq_fail(EOQ_ERROR_ARGUMENT, "offset: %d is not 0 or %d", call->offset, CENTRE);
  const eoq_tensor *bytes = eoq_tensor_get(call->images, EOQ_UINT8, call->count, "images");
  float *result = bytes ? eoq_fp32_data(call->x, call->count, "x") : NULL;
  if (result == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  job j = { eoq_fp32_selected()->elementwise, eoq_fp32_partition_of(call->count, 1), bytes->data, call->offset,
            result };
  eoq_parallel(chunk, &j, j.partition.chunks);
  return EOQ_OK;
}
