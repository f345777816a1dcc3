/* stream.c: copies memory and nothing else: the time that takes is the bandwidth
 * of whatever level of memory two tensors of that size lie in. */
#include "internal.h"

#include <string.h>

typedef struct {
  const uint8_t *from;
  uint8_t *to;
  size_t count;
  int32_t parts;
} stream_context;

static void copy_part(void *argument, int32_t part, int32_t thread) {
  (void)thread;
  const stream_context *c = argument;
  const size_t first = (size_t)eoq_share((int32_t)c->count, part, c->parts);
  const size_t end = (size_t)eoq_share((int32_t)c->count, part + 1, c->parts);
  memcpy(c->to + first, c->from + first, end - first);
}

int32_t eoq_stream_copy(int32_t from, int32_t to, size_t count) {
  if (count == 0 || count > INT32_MAX) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "count: %zu is not in 1..%d", count, INT32_MAX);
  }
  const eoq_tensor *source = eoq_tensor_get(from, EOQ_UINT8, count, "from");
  eoq_tensor *target = eoq_tensor_get(to, EOQ_UINT8, count, "to");
  if (source == NULL || target == NULL) return EOQ_ERROR_TENSOR;
  if (EOQ_APART(1, { "to", to }, { "from", from }) != EOQ_OK) return EOQ_ERROR_ARGUMENT;
  stream_context context = { source->data, target->data, count, eoq_threads() };
  eoq_parallel(copy_part, &context, context.parts);
  return EOQ_OK;
}
