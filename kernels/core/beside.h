/* beside.h: work that workers do while the calling thread goes on with its own. */
#ifndef EOQ_BESIDE_H
#define EOQ_BESIDE_H

#include "internal.h"

/* Units of a run, at most. */
enum { EOQ_MOST_BESIDE = 1024 };

/* Units of work. Each runs once, on any thread, when the first needs[unit] ones have ended. */
typedef struct {
  eoq_task *task; /* of a context, a unit and a thread */
  void *context;
  int32_t units;
  const int32_t *needs;
} eoq_beside;

/* Begins a run, none of whose units may start yet. Until its end, the calling thread shares no call with the workers. */
void eoq_beside_start(const eoq_beside *run);

/* From here on the first so many units may start. */
void eoq_beside_offer(int32_t units);

/* Returns when the first so many have ended; does those that nobody has begun. */
void eoq_beside_await(int32_t units);

/* Does what is left of the first so many, and returns when they have ended. The others never start. */
void eoq_beside_finish(int32_t units);

/* For workers: whether there is a unit to do, and doing one if it is still there. */
int32_t eoq_beside_any(void);
void eoq_beside_take(int32_t thread);

#endif
