/* threads.c: a pool of workers that share one kernel call at a time.
 *
 * Each thread has a share of the call's items, always the same for as many, so
 * that from call to call it finds in its cache what it has written; who is done
 * with its own takes what is left of others'. The calling thread waits for the
 * items that are still being worked on, never for a worker as such. So a worker
 * that is asleep, or has lost its core to another process, costs a call nothing
 * but its help. Workers spin before they sleep, because the next layer's call
 * usually comes within microseconds.
 *
 * A line of memory takes about a tenth of a microsecond from core to core, as
 * long as small items take: a worker has all of a call in one, and claims items
 * of its own share in another, which nobody else touches until it is late. */
#include "beside.h"
#include "spin.h"

#include <pthread.h>

enum { SPINS_BEFORE_SLEEP = 20000, LINE = EOQ_LINE, LINES_OF_CONTEXT = 8 };

static int32_t threads = 1;
static pthread_t workers[EOQ_MAX_THREADS];
static int32_t numbers[EOQ_MAX_THREADS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static _Atomic int32_t asleep;
static _Atomic int stopping;

/* A call as the calling thread tells it: `turn` is odd while it is being written, and twice the call's number. */
static struct {
  _Alignas(LINE) _Atomic uint64_t turn;
  eoq_task *_Atomic task;
  void *_Atomic context;
  _Atomic int32_t items;
} current;

/* A thread's share: the number of the call that somebody last claimed an item of it in, and how many were claimed. */
static struct { _Alignas(LINE) _Atomic uint64_t claimed; } shares[EOQ_MAX_THREADS];

/* Bits of a claim that count; a pool that shares a million calls a second has numbers for half a year. */
enum { COUNT_BITS = 20, MOST_ITEMS = (1 << COUNT_BITS) - 1 };

/* Of all calls so far. */
static _Alignas(LINE) _Atomic uint64_t done_by_workers;

static _Thread_local int32_t own_lane = -1;

typedef struct {
  uint64_t number;
  eoq_task *task;
  void *context;
  int32_t items;
} call;

/* Claims an item of thread `of`'s share, or returns -1; of a call that is over, nothing is left. */
static int32_t claim(const call *c, int32_t of) {
  const int32_t first = eoq_share(c->items, of, threads), end = eoq_share(c->items, of + 1, threads);
  if (first == end) return -1;
  uint64_t claimed = atomic_load_explicit(&shares[of].claimed, memory_order_relaxed);
  for (;;) {
    const uint64_t number = claimed >> COUNT_BITS;
    if (number > c->number) return -1;
    const int32_t count = number == c->number ? (int32_t)(claimed & MOST_ITEMS) : 0;
    if (first + count >= end) return -1;
    if (atomic_compare_exchange_weak(&shares[of].claimed, &claimed, c->number << COUNT_BITS | (uint64_t)(count + 1))) {
      return first + count;
    }
  }
}

/* Works until no item is left in any share, the thread's own first, and returns how many it did. */
static int32_t work(const call *c, int32_t thread) {
  int32_t done = 0;
  for (int32_t i = 0; i < threads; i++) {
    const int32_t of = thread + i < threads ? thread + i : thread + i - threads;
    for (int32_t item; (item = claim(c, of)) >= 0; done++) c->task(c->context, item, thread);
  }
  return done;
}

static int idle(uint64_t seen) {
  return atomic_load(&current.turn) == seen && !eoq_beside_any() && !atomic_load(&stopping);
}

static void await_call(uint64_t seen) {
  for (int spin = 0; spin < SPINS_BEFORE_SLEEP; spin++) {
    if (!idle(seen)) return;
    eoq_relax();
  }
  pthread_mutex_lock(&mutex);
  atomic_fetch_add(&asleep, 1);
  while (idle(seen)) pthread_cond_wait(&wake, &mutex);
  atomic_fetch_sub(&asleep, 1);
  pthread_mutex_unlock(&mutex);
}

/* To be called when there is something new to see: a worker either sees it
 * before it sleeps, or is counted as asleep by now. */
void eoq_wake_workers(void) {
  atomic_thread_fence(memory_order_seq_cst);
  if (atomic_load(&asleep) == 0) return;
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&wake);
  pthread_mutex_unlock(&mutex);
}

/* Reads the current call; 0 where it is just being written. */
static int read_call(call *c, uint64_t *seen) {
  *seen = atomic_load_explicit(&current.turn, memory_order_acquire);
  *c = (call){
    .number = *seen / 2,
    .task = atomic_load_explicit(&current.task, memory_order_relaxed),
    .context = atomic_load_explicit(&current.context, memory_order_relaxed),
    .items = atomic_load_explicit(&current.items, memory_order_relaxed),
  };
  atomic_thread_fence(memory_order_acquire);
  return *seen % 2 == 0 && atomic_load_explicit(&current.turn, memory_order_relaxed) == *seen;
}

static void write_call(eoq_task *task, void *context, int32_t items) {
  const uint64_t turn = atomic_load_explicit(&current.turn, memory_order_relaxed);
  atomic_store_explicit(&current.turn, turn + 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&current.task, task, memory_order_relaxed);
  atomic_store_explicit(&current.context, context, memory_order_relaxed);
  atomic_store_explicit(&current.items, items, memory_order_relaxed);
  atomic_store_explicit(&current.turn, turn + 2, memory_order_release);
}

static void *worker(void *argument) {
  const int32_t thread = *(const int32_t *)argument;
  call c;
  for (uint64_t seen = atomic_load(&current.turn);;) {
    await_call(seen);
    if (atomic_load(&stopping)) return NULL;
    if (eoq_beside_any()) {
      eoq_beside_take(thread);
      continue;
    }
    if (atomic_load(&current.turn) == seen) continue; /* woken for a unit that another one has taken */
    if (!read_call(&c, &seen)) {
      seen = 0; /* of no call, so that what is being written is new */
      continue;
    }
    /* All at once, before the task asks for one after the other. */
    for (int i = 0; i < LINES_OF_CONTEXT; i++)
      __builtin_prefetch((const void *)((uintptr_t)c.context + (uintptr_t)i * LINE));
    const int32_t done = work(&c, thread);
    if (done > 0) atomic_fetch_add(&done_by_workers, (uint64_t)done);
  }
}

/* Several items as one, where a claim could not count them all. */
typedef struct {
  eoq_task *task;
  void *context;
  int32_t items, grain;
} coarse;

static void coarse_task(void *argument, int32_t item, int32_t thread) {
  const coarse *c = argument;
  const int32_t from = item * c->grain, left = c->items - from, count = left < c->grain ? left : c->grain;
  for (int32_t i = 0; i < count; i++) c->task(c->context, from + i, thread);
}

void eoq_parallel(eoq_task *task, void *context, int32_t items) {
  if (eoq_threads() == 1 || items <= 1) {
    for (int32_t item = 0; item < items; item++) task(context, item, 0);
    return;
  }
  if (items > MOST_ITEMS) {
    coarse c = { task, context, items, (items - 1) / MOST_ITEMS + 1 };
    eoq_parallel(coarse_task, &c, (items - 1) / c.grain + 1);
    return;
  }
  const uint64_t done = atomic_load(&done_by_workers);
  write_call(task, context, items);
  eoq_wake_workers();
  const call c = { atomic_load_explicit(&current.turn, memory_order_relaxed) / 2, task, context, items };
  const uint64_t others = (uint64_t)(items - work(&c, 0));
  for (int32_t spin = 0; atomic_load(&done_by_workers) - done < others; spin++) eoq_spin(spin);
}

static void stop_workers(void) {
  if (threads == 1) return;
  atomic_store(&stopping, 1);
  eoq_wake_workers();
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
