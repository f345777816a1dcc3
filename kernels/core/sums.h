/* sums.h: sums over all members of a group that nobody reads at once, as of
 * gradients: they are on their way while the step goes on. */
#ifndef EOQ_SUMS_H
#define EOQ_SUMS_H

#include "group.h"

/* Gradients of at least so many bytes are a message each, where they lie; smaller ones are put together, of one type
 * each, until they have as many. */
enum { EOQ_BUCKET = 1 << 16 };

/* Sums that are on their way, or wait for more of them. */
extern int32_t eoq_sums_pending;

int32_t eoq_sums_send(void *values, size_t count, int32_t type);
int32_t eoq_sums_finish(int32_t status);

/* The same as eoq_group_sums(), but values are theirs, or zero, until a call that names a tensor of these bytes: it
 * waits for them. So does the end of a step. */
static inline int32_t eoq_sums_start(void *values, size_t count, int32_t type) {
  return eoq_part.whole == 0 ? EOQ_OK : eoq_sums_send(values, count, type);
}

/* Gives messages a turn: they go on inside of calls alone. */
int32_t eoq_sums_progress(void);

/* Waits for the sums that have bytes in common with a live tensor; others, that wait for more, are sent now. */
int32_t eoq_sums_await(int32_t handle);

#endif
