/* threads.c: a pool of workers that share one kernel call at a time. Workers
 * spin briefly before they sleep, because the next layer's call usually comes
 * within microseconds. */
#include "internal.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { SPINS_BEFORE_SLEEP = 20000 };

static int32_t threads = 1;
static pthread_t workers[EOQ_MAX_THREADS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;

static _Atomic uint32_t generation;
static _Atomic int32_t next_item, unfinished;
static _Atomic int stopping;
static eoq_task *current_task;
static void *current_context;
static int32_t current_items;

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void work(int32_t thread) {
  for (;;) {
    int32_t item = atomic_fetch_add(&next_item, 1);
    if (item >= current_items) return;
    current_task(current_context, item, thread);
  }
}

static uint32_t await_generation(uint32_t seen) {
  for (int spin = 0; spin < SPINS_BEFORE_SLEEP; spin++) {
    uint32_t now = atomic_load(&generation);
    if (now != seen) return now;
    relax();
  }
  pthread_mutex_lock(&mutex);
  uint32_t now;
  while ((now = atomic_load(&generation)) == seen) pthread_cond_wait(&wake, &mutex);
  pthread_mutex_unlock(&mutex);
  return now;
}

static void announce(void) {
  pthread_mutex_lock(&mutex);
  atomic_fetch_add(&generation, 1);
  pthread_cond_broadcast(&wake);
  pthread_mutex_unlock(&mutex);
}

typedef struct {
  int32_t thread;
  uint32_t seen;
} worker_start;

static worker_start starts[EOQ_MAX_THREADS];

static void *worker(void *argument) {
  worker_start start = *(worker_start *)argument;
  for (uint32_t seen = start.seen;;) {
    seen = await_generation(seen);
    if (atomic_load(&stopping)) return NULL;
    work(start.thread);
    atomic_fetch_sub(&unfinished, 1);
  }
}

void eoq_parallel(eoq_task *task, void *context, int32_t items) {
  if (threads == 1 || items <= 1) {
    for (int32_t item = 0; item < items; item++) task(context, item, 0);
    return;
  }
  current_task = task;
  current_context = context;
  current_items = items;
  atomic_store(&next_item, 0);
  atomic_store(&unfinished, threads - 1);
  announce();
  work(0);
  /* A worker that lost its core to another process will not come back sooner
   * for our spinning. */
  for (int spin = 0; atomic_load(&unfinished) > 0; spin++) {
    if (spin < SPINS_BEFORE_SLEEP) relax();
    else sched_yield();
  }
}

static void stop_workers(void) {
  if (threads == 1) return;
  atomic_store(&stopping, 1);
  announce();
  for (int32_t i = 1; i < threads; i++) pthread_join(workers[i], NULL);
  atomic_store(&stopping, 0);
  threads = 1;
}

int32_t eoq_threads_set(int32_t wanted) {
  if (wanted < 1 || wanted > EOQ_MAX_THREADS) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "threads: %d is not in 1..%d", wanted, EOQ_MAX_THREADS);
  }
  if (wanted == threads) return EOQ_OK;
  stop_workers();
  uint32_t seen = atomic_load(&generation);
  for (int32_t i = 1; i < wanted; i++) {
    starts[i] = (worker_start){ .thread = i, .seen = seen };
    if (pthread_create(&workers[i], NULL, worker, &starts[i]) != 0) {
      stop_workers();
      return eoq_fail(EOQ_ERROR_MEMORY, "threads: the system refused thread %d of %d", i + 1, wanted);
    }
    threads = i + 1;
  }
  return eoq_scratch_reserve(0);
}

int32_t eoq_threads(void) {
  return threads;
}
