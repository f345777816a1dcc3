/* pack_bytes.h: weights as vpdpbusd reads them, one lane after the other: for
 * the vectors that a path's own pack_vector() has no faster way for. */
#include <stdint.h>

/* As pack_vector() in conv_pack.h, for vectors of `all` lanes of four bytes. */
static inline void pack_lanes(int8_t *to, const int8_t *from, int32_t lanes, int32_t all, ptrdiff_t lane_pitch,
                              ptrdiff_t pitch) {
  for (int32_t lane = 0; lane < lanes; lane++, to += 4, from += lane_pitch) {
    if (pitch == 1) __builtin_memcpy(to, from, 4);
    else for (int32_t i = 0; i < 4; i++) to[i] = from[i * pitch];
  }
  __builtin_memset(to, 0, 4 * (size_t)(all - lanes));
}
