/* conv_hooks.h: what fp32 gives the convolution templates on every vector
 * width: no groups, no offset, nothing but copies to pack. */
#include <string.h>

#define SOURCE float
#define PACKED float
#define WEIGHT float
#define STORED float
#define ERROR float
#define SUM float
#define GROUP 1
#define PAD_VALUE 0
#define EXTREMES 0
#define OFFSET 0

static inline void convert(float *to, const float *from, size_t count) {
  memcpy(to, from, count * sizeof *to);
}

static inline void interleave(float *to, const float *from, size_t pitch, size_t count) {
  (void)pitch;
  memcpy(to, from, count * sizeof *to);
}

static inline float start_of(float bias, float weight_sum) {
  (void)weight_sum;
  return bias;
}

#define convert_errors convert
#define load_errors load_weights
#define dot_errors dot

/* Chunks of images with a partial weight gradient each: as many whatever the
 * threads, so that the sums are rounded the same way, and none so small that
 * its partial costs more than a few percent of it. */
enum { MOST_CHUNKS = 8, PIXELS_A_CHUNK = 128 };

static inline int32_t weight_chunks(const eoq_conv_shape *s) {
  const int64_t whole = (int64_t)s->n * s->oh * s->ow / PIXELS_A_CHUNK, most = s->n < MOST_CHUNKS ? s->n : MOST_CHUNKS;
  return (int32_t)(whole < 1 ? 1 : whole < most ? whole : most);
}
