/* reruns.h: what runs a second time, because a guess (EOQ_GUESS) was wrong. */
#ifndef EOQ_RERUNS_H
#define EOQ_RERUNS_H

#include <stdint.h>

/* Nanoseconds of a clock that only goes forward. */
int64_t eoq_nanoseconds(void);

/* Around a second run, on the thread that calls kernels; the end of none is nothing.
 * A counting build counts nothing between them, so that counts do not depend on the data. */
void eoq_rerun_begin(void);
void eoq_rerun_end(void);

/* Whether this thread is between them. */
int32_t eoq_is_rerun(void);

/* Nanoseconds of all second runs since it was called last. */
int64_t eoq_reruns_take(void);

#endif
