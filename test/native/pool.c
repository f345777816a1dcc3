/* pool.c: calls of many sizes on a changing number of threads; every item of
 * every call must run exactly once, with that call's context, before the call
 * returns. Prints what went wrong, or nothing. */
#include "core/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 40, CALLS = 300, MOST_ITEMS = 3000, MOST_THREADS = 6 };

typedef struct {
  int32_t call, items;
} context;

static int32_t present_call, runs[MOST_ITEMS];

static void item(void *argument, int32_t i, int32_t thread) {
  const context *c = argument;
  if (c->call != present_call || i < 0 || i >= c->items || thread < 0 || thread >= eoq_threads()) {
    printf("item %d of %d on thread %d\n", i, c->items, thread);
    exit(1);
  }
  runs[i]++;
}

static void call(int32_t items) {
  context c = { .call = ++present_call, .items = items };
  memset(runs, 0, sizeof runs);
  eoq_parallel(item, &c, items);
  for (int32_t i = 0; i < MOST_ITEMS; i++) {
    if (runs[i] == (i < items)) continue;
    printf("item %d of %d ran %d times\n", i, items, runs[i]);
    exit(1);
  }
}

/* More items than a claim counts one by one. */
static uint8_t many_runs[5 * (1 << 20) / 2 + 3];

static void one_of_many(void *argument, int32_t i, int32_t thread) {
  (void)argument, (void)thread;
  many_runs[i]++;
}

static void call_many(void) {
  const int32_t items = (int32_t)sizeof many_runs;
  memset(many_runs, 0, sizeof many_runs);
  eoq_parallel(one_of_many, NULL, items);
  for (int32_t i = 0; i < items; i++) {
    if (many_runs[i] == 1) continue;
    printf("item %d of %d ran %d times\n", i, items, many_runs[i]);
    exit(1);
  }
}

int main(void) {
  srand(1);
  for (int round = 0; round < ROUNDS; round++) {
    eoq_threads_set(1 + rand() % MOST_THREADS);
    if (round % 10 == 0) call_many();
    for (int i = 0; i < CALLS; i++) {
      call(rand() % (i % 8 == 0 ? MOST_ITEMS : 9));
      /* Long enough for the workers to fall asleep. */
      if (i % 100 == 0) nanosleep(&(struct timespec){ .tv_nsec = 3000000 }, NULL);
    }
  }
  return eoq_threads_set(1);
}
