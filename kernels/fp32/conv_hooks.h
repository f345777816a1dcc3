/* conv_hooks.h: what fp32 gives the convolution templates on every vector
 * width: no groups, no offset, nothing but copies to pack. */
#include <string.h>

#define SOURCE float
#define PACKED float
#define WEIGHT float
#define STORED float
#define SUM float
#define GROUP 1
#define IN_PLACE 1
#define OFFSET 0
#define EXTREMES 0

static inline void convert(float *to, const float *from, size_t count) {
  memcpy(to, from, count * sizeof *to);
}

static inline void pack_vector(float *to, const float *from, int32_t lanes, ptrdiff_t lane_pitch, ptrdiff_t pitch) {
  (void)pitch;
  if (lanes == LANES && lane_pitch == 1) memcpy(to, from, LANES * sizeof *to);
  else for (int32_t lane = 0; lane < LANES; lane++) to[lane] = lane < lanes ? from[lane * lane_pitch] : 0;
}
