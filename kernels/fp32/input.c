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

int32_t eoq_fp32_from_uint8(int32_t images, int32_t offset, int32_t x, int32_t count) {
  int32_t status = eoq_fp32_at_least("count", count, 1);
  if (status < 0) return status;
  if (offset != 0 && offset != CENTRE) return eoq_fail(EOQ_ERROR_ARGUMENT, "offset: %d is not 0 or %d", offset, CENTRE);
  const eoq_tensor *bytes = eoq_tensor_get(images, EOQ_UINT8, count, "images");
  float *result = bytes ? eoq_fp32_data(x, count, "x") : NULL;
  if (result == NULL) return EOQ_ERROR_TENSOR;
  job j = { eoq_fp32_selected()->elementwise, eoq_fp32_partition_of(count, 1), bytes->data, offset, result };
  eoq_parallel(chunk, &j, j.partition.chunks);
  return EOQ_OK;
}
