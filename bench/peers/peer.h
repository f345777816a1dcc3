/* peer.h: what a peer library offers to eoq bench. A peer is compiled on
 * demand and loaded beside the kernels, so that both are timed the same way.
 * Shapes come from eoq's own plans; the peer's own checks catch what it lacks. */
#ifndef EOQ_PEER_H
#define EOQ_PEER_H

#include <stdint.h>

/* As lib/bench/peers/shared_library.ts numbers them. */
enum { PEER_FORWARD, PEER_BACKWARD_DATA, PEER_BACKWARD_WEIGHTS };
enum { PEER_FP32, PEER_FP32_WINOGRAD, PEER_S8S8, PEER_U8S8 };

#define PEER_API __attribute__((visibility("default")))

/* As `2.6.0`; text that lives as long as the library. */
PEER_API const char *peer_version(void);
/* Threads that an operation uses from now on. */
PEER_API void peer_threads(int32_t threads);
/* A convolution with random operands in the layout that the peer likes best:
 * its handle (above 0), 0 where the peer has no such operation, or -1 when it
 * failed. x (n, h, w, c), square kernels, zero padding. */
PEER_API int32_t peer_create(int32_t phase, int32_t type, int32_t n, int32_t h, int32_t w, int32_t c, int32_t k,
                             int32_t kernel, int32_t stride, int32_t pad);
/* Runs it so many times; 0, or -1 when it failed. */
PEER_API int32_t peer_run(int32_t handle, int32_t repetitions);
PEER_API void peer_destroy(int32_t handle);

#endif
