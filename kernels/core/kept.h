/* kept.h: what kernels derive from a tensor that stays as it is from call to
 * call, as the weights of a network do in inference, and keep beside it. It
 * saves time and never changes a result: each write to a tensor makes what was
 * derived from it unknown. */
#ifndef EOQ_KEPT_H
#define EOQ_KEPT_H

#include "internal.h"

/* Room of `bytes` bytes, 64-byte aligned, for what `key`, of `key_bytes` bytes,
 * says is derived from all of the tensor's elements. `full` tells whether it is
 * there already; where it is not, the caller writes it. NULL where the elements
 * are others than when the same key was asked for last, as weights are in
 * training, where the tensor shares an arena, or where memory is short. Threads
 * that run calls of their own side by side find what is there, and add nothing;
 * nor does a second run of a call, whose elements are those of the first. */
void *eoq_kept_room(eoq_tensor *tensor, const void *key, size_t key_bytes, size_t bytes, int32_t *full);

/* Frees all that is kept beside a tensor; NULL is nothing. */
void eoq_kept_free(eoq_kept *kept);

#endif
