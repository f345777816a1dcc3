/* weights_entries.h: what fp32 gives the templates of backward weights on
 * every vector width, and the slot of one instruction-set path over them. */
#include <string.h>

#define SOURCE float
#define PACKED float
#define SUM float
#define GROUP 1
#define OFFSET 0

static inline void interleave(float *to, const float *const from[1], size_t count, int vector) {
  (void)vector;
  memcpy(to, from[0], count * sizeof *to);
}

#include "../weights_tasks.h"

/* Chunks follow from the images alone, never from the threads, so that sums
 * are rounded the same way however many share the work. */
enum { IMAGES_A_CHUNK = 8, MOST_CHUNKS = 8 };

static int32_t chunks_of(int32_t images) {
  const int32_t chunks = images / IMAGES_A_CHUNK;
  return chunks < 1 ? 1 : chunks > MOST_CHUNKS ? MOST_CHUNKS : chunks;
}

#define EOQ_FP32_WEIGHTS_ENTRIES(isa)                                                                           \
  int32_t eoq_fp32_conv_backward_weights_##isa(const eoq_conv_shape *shape, const float *x, const float *dy,    \
                                               float *dw) {                                                     \
    eoq_weights_sums layout;                                                                                    \
    float *sums;                                                                                                \
    const int32_t chunks = chunks_of(shape->n);                                                                 \
    const int32_t status = run_weights(shape, x, dy, chunks, dw, &layout, &sums);                               \
    if (status == EOQ_OK && sums != dw) eoq_fp32_sum_partials(shape, sums, chunks, &layout, dw);                \
    return status;                                                                                              \
  }
