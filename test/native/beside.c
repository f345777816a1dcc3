/* beside.c: runs of units beside a calling thread that offers them by and by and
 * waits for some; every unit must run once, after those that it needs, and none
 * that was not offered. Prints what went wrong, or nothing. */
#include "core/beside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 30, RUNS = 200, MOST_UNITS = 40, MOST_THREADS = 6 };

typedef struct {
  int32_t needs[MOST_UNITS];
  int32_t runs[MOST_UNITS]; /* plain: that no two threads touch them at once is what the needs are for */
  _Atomic int32_t offered;
} context;

static void fail(const char *what, int32_t unit) {
  printf("unit %d: %s\n", unit, what);
  exit(1);
}

static void run_unit(void *argument, int32_t unit, int32_t thread) {
  context *c = argument;
  if (thread < 0 || thread >= MOST_THREADS) fail("on no thread", unit);
  if (unit >= c->offered) fail("not offered", unit);
  for (int32_t before = 0; before < c->needs[unit]; before++) {
    if (c->runs[before] != 1) fail("began before one that it needs", unit);
  }
  for (volatile int32_t i = rand() % 300; i > 0; i--) {
  }
  c->runs[unit]++;
}

static void check(const context *c, int32_t units, int32_t times) {
  for (int32_t unit = 0; unit < units; unit++) {
    if (c->runs[unit] != times) fail("did not run as often as it should", unit);
  }
}

static void run(int32_t units) {
  context c = { 0 };
  for (int32_t unit = 1; unit < units; unit++) c.needs[unit] = rand() % 3 == 0 ? rand() % unit : 0;
  eoq_beside_start(&(eoq_beside){ run_unit, &c, units, c.needs });
  const int32_t end = rand() % 4 == 0 ? rand() % (units + 1) : units;
  for (int32_t offered = 1; offered <= end; offered++) {
    c.offered = offered;
    eoq_beside_offer(offered);
    for (volatile int32_t i = rand() % 1000; i > 0; i--) {
    }
    if (rand() % 5 > 0) continue;
    const int32_t awaited = rand() % (offered + 1);
    eoq_beside_await(awaited);
    check(&c, awaited, 1);
  }
  eoq_beside_finish(end);
  check(&c, end, 1);
  for (int32_t unit = end; unit < units; unit++) {
    if (c.runs[unit] != 0) fail("ran", unit);
  }
}

static void count(void *argument, int32_t item, int32_t thread) {
  (void)thread;
  ((int32_t *)argument)[item]++;
}

int main(void) {
  srand(1);
  for (int round = 0; round < ROUNDS; round++) {
    eoq_threads_set(1 + rand() % MOST_THREADS);
    for (int i = 0; i < RUNS; i++) {
      run(1 + rand() % MOST_UNITS);
      /* A call that all share, between two runs. */
      int32_t items[8] = { 0 };
      eoq_parallel(count, items, 8);
      for (int32_t item = 0; item < 8; item++) {
        if (items[item] != 1) fail("is no item that ran once", item);
      }
      /* Long enough for the workers to fall asleep. */
      if (i % 100 == 0) nanosleep(&(struct timespec){ .tv_nsec = 3000000 }, NULL);
    }
  }
  return eoq_threads_set(1);
}
