/* beside.c: units of work beside the calling thread.
 *
 * Workers take units in their order, as far as they are offered: each finds in
 * its cache what it has written in the run before. When the calling thread has
 * done its own work it takes from the other end, the unit whose operands it has
 * just written. Nobody waits for a worker as such: a unit that none has begun is
 * done by who needs it. */
#include "beside.h"

#include "spin.h"

/* What is left: units first..end, of which those below `offered` may start; one word, so that claims see all of it. */
enum { BITS = 16 };
static const uint64_t FIRST = 1, END = 1 << BITS, FIELD = (1 << BITS) - 1;

static struct {
  _Alignas(EOQ_LINE) _Atomic uint64_t left;
  _Alignas(EOQ_LINE) eoq_beside run;
  _Alignas(EOQ_LINE) _Atomic uint8_t ended[EOQ_MOST_BESIDE];
} all;

static int32_t first_of(uint64_t left) {
  return (int32_t)(left & FIELD);
}

static int32_t end_of(uint64_t left) {
  return (int32_t)(left >> BITS & FIELD);
}

static int32_t offered_of(uint64_t left) {
  return (int32_t)(left >> 2 * BITS);
}

static uint64_t left_of(int32_t first, int32_t end, int32_t offered) {
  return (uint64_t)offered << 2 * BITS | (uint64_t)end << BITS | (uint64_t)first;
}

static int32_t takeable(uint64_t left) {
  return first_of(left) < end_of(left) && first_of(left) < offered_of(left);
}

/* The first unit that nobody has begun, or -1. */
static int32_t claim_first(void) {
  uint64_t left = atomic_load_explicit(&all.left, memory_order_relaxed);
  while (takeable(left)) {
    if (atomic_compare_exchange_weak(&all.left, &left, left + FIRST)) return first_of(left);
  }
  return -1;
}

static int32_t has_ended(int32_t unit) {
  return atomic_load_explicit(&all.ended[unit], memory_order_acquire);
}

/* The last unit, if all that it needs have ended, or -1. */
static int32_t claim_last(void) {
  uint64_t left = atomic_load_explicit(&all.left, memory_order_relaxed);
  while (takeable(left)) {
    const int32_t last = end_of(left) - 1;
    for (int32_t unit = 0; unit < all.run.needs[last]; unit++) {
      if (!has_ended(unit)) return -1;
    }
    if (atomic_compare_exchange_weak(&all.left, &left, left - END)) return last;
  }
  return -1;
}

/* The units before a claimed one are done or claimed, those of claim_last() done: so somebody works on each. */
static void run_unit(int32_t unit, int32_t thread) {
  for (int32_t before = 0; before < all.run.needs[unit]; before++) {
    for (int32_t spins = 0; !has_ended(before); spins++) eoq_spin(spins);
  }
  all.run.task(all.run.context, unit, thread);
  atomic_store_explicit(&all.ended[unit], 1, memory_order_release);
}

void eoq_beside_start(const eoq_beside *run) {
  all.run = *run;
  for (int32_t unit = 0; unit < run->units; unit++) atomic_store_explicit(&all.ended[unit], 0, memory_order_relaxed);
  atomic_store(&all.left, left_of(0, run->units, 0));
}

void eoq_beside_offer(int32_t units) {
  const int32_t more = units - offered_of(atomic_load_explicit(&all.left, memory_order_relaxed));
  atomic_fetch_add(&all.left, left_of(0, 0, more));
  eoq_wake_workers();
}

void eoq_beside_await(int32_t units) {
  for (int32_t unit = 0; unit < units; unit++) {
    for (int32_t spins = 0; !has_ended(unit); spins++) {
      const int32_t own = claim_first();
      if (own >= 0) run_unit(own, 0);
      else eoq_spin(spins);
    }
  }
}

void eoq_beside_finish(int32_t units) {
  uint64_t left = atomic_load_explicit(&all.left, memory_order_relaxed);
  while (!atomic_compare_exchange_weak(&all.left, &left, left_of(first_of(left), units, offered_of(left)))) {
  }
  for (;;) {
    int32_t own = claim_last();
    if (own < 0) own = claim_first();
    if (own < 0) break;
    run_unit(own, 0);
  }
  for (int32_t unit = 0; unit < units; unit++) {
    for (int32_t spins = 0; !has_ended(unit); spins++) eoq_spin(spins);
  }
}

int32_t eoq_beside_any(void) {
  return takeable(atomic_load(&all.left));
}

void eoq_beside_take(int32_t thread) {
  const int32_t unit = claim_first();
  if (unit >= 0) run_unit(unit, thread);
}
