/* kept.h: what a call keeps from one run of its program to the next, while
 * nothing changes that it is made of: packed weights. */
#ifndef EOQ_KEPT_H
#define EOQ_KEPT_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  void *memory; /* 64-byte aligned */
  size_t bytes;
  const void *of; /* what it is made of; NULL where there is nothing yet */
} eoq_kept;

/* What the calling thread's next calls keep, or NULL for nothing; whether they may fill it. */
void eoq_keep(eoq_kept *kept, int32_t fills);

/* So many bytes that are made of `of`: sets `ready` where they are there already, and NULL where the call keeps none. */
void *eoq_kept_memory(size_t bytes, const void *of, int32_t *ready);

/* Frees what a call has kept. */
void eoq_kept_drop(eoq_kept *kept);

#endif
