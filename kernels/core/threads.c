/* threads.c: a pool of workers that share one kernel call at a time.
 *
 * The calling thread takes items from the front, workers from the back, until
 * none is left; then it waits for the items that are still being worked on,
 * never for a worker as such. So a worker that is asleep, or has lost its core
 * to another process, costs a call nothing but its help. Workers spin before
 * they sleep, because the next layer's call usually comes within microseconds. */
#include "internal.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { SPINS_BEFORE_SLEEP = 20000, SPINS_BEFORE_YIELD = 2000 };

static int32_t threads = 1;
static pthread_t workers[EOQ_MAX_THREADS];
static int32_t numbers[EOQ_MAX_THREADS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static _Atomic int32_t asleep;
static _Atomic int stopping;

/* Items that nobody has taken: [low half, high half). Whoever takes one knows
 * that the call it belongs to cannot end before it is done. */
static _Alignas(64) _Atomic uint64_t untaken;
static _Alignas(64) _Atomic int32_t done_by_workers;
static eoq_task *current_task;
static void *current_context;

static _Thread_local int32_t own_lane = -1;

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int32_t first_of(uint64_t interval) {
  return (int32_t)(uint32_t)interval;
}

static int32_t end_of(uint64_t interval) {
  return (int32_t)(interval >> 32);
}

/* Takes an item, or returns -1. */
static int32_t take(int from_the_back) {
  uint64_t interval = atomic_load(&untaken);
  while (first_of(interval) < end_of(interval)) {
    const uint64_t rest = from_the_back ? interval - ((uint64_t)1 << 32) : interval + 1;
    if (atomic_compare_exchange_weak(&untaken, &interval, rest)) {
      return from_the_back ? end_of(rest) : first_of(interval);
    }
  }
  return -1;
}

/* Works until no item is left, and returns how many it did. */
static int32_t work(int32_t thread) {
  int32_t done = 0;
  for (int32_t item; (item = take(thread > 0)) >= 0; done++) current_task(current_context, item, thread);
  return done;
}

static int idle(void) {
  const uint64_t interval = atomic_load(&untaken);
  return first_of(interval) == end_of(interval) && !atomic_load(&stopping);
}

static void await_items(void) {
  for (int spin = 0; spin < SPINS_BEFORE_SLEEP; spin++) {
    if (!idle()) return;
    relax();
  }
  pthread_mutex_lock(&mutex);
  atomic_fetch_add(&asleep, 1);
  while (idle()) pthread_cond_wait(&wake, &mutex);
  atomic_fetch_sub(&asleep, 1);
  pthread_mutex_unlock(&mutex);
}

/* To be called when there is something new to see: a worker either sees it
 * before it sleeps, or is counted as asleep by now. */
static void wake_sleepers(void) {
  if (atomic_load(&asleep) == 0) return;
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&wake);
  pthread_mutex_unlock(&mutex);
}

static void *worker(void *argument) {
  const int32_t thread = *(const int32_t *)argument;
  for (;;) {
    await_items();
    if (atomic_load(&stopping)) return NULL;
    atomic_fetch_add(&done_by_workers, work(thread));
  }
}

void eoq_parallel(eoq_task *task, void *context, int32_t items) {
  if (eoq_threads() == 1 || items <= 1) {
    for (int32_t item = 0; item < items; item++) task(context, item, 0);
    return;
  }
  current_task = task;
  current_context = context;
  atomic_store(&done_by_workers, 0);
  atomic_store(&untaken, (uint64_t)items << 32);
  wake_sleepers();
  const int32_t others = items - work(0);
  for (int spin = 0; atomic_load(&done_by_workers) < others; spin++) {
    if (spin < SPINS_BEFORE_YIELD) relax();
    else sched_yield();
  }
}

static void stop_workers(void) {
  if (threads == 1) return;
  atomic_store(&stopping, 1);
  wake_sleepers();
  for (int32_t i = 1; i < threads; i++) pthread_join(workers[i], NULL);
  atomic_store(&stopping, 0);
  threads = 1;
}

void eoq_alone(int32_t lane) {
  own_lane = lane;
}

int32_t eoq_is_alone(void) {
  return own_lane >= 0;
}

int32_t eoq_lane(void) {
  return own_lane < 0 ? 0 : own_lane;
}

int32_t eoq_threads_set(int32_t wanted) {
  const int32_t status = eoq_within("threads", wanted, 1, EOQ_MAX_THREADS);
  if (status < 0) return status;
  if (wanted == threads) return EOQ_OK;
  stop_workers();
  for (int32_t i = 1; i < wanted; i++) {
    numbers[i] = i;
    if (pthread_create(&workers[i], NULL, worker, &numbers[i]) != 0) {
      stop_workers();
      return eoq_fail(EOQ_ERROR_MEMORY, "threads: the system refused thread %d of %d", i + 1, wanted);
    }
    threads = i + 1;
  }
  return EOQ_OK;
}

int32_t eoq_threads(void) {
  return own_lane < 0 ? threads : 1;
}
