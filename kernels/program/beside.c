/* beside.c: a program whose calls do not all run in turn. Units, each some calls
 * in a row, run on workers while the calling thread goes on with the others: the
 * gradients of a layer's weights and their update beside the error of the layer
 * before. That is for small batches, whose calls are too short to be shared.
 *
 * A unit starts when the calls before it have run, but for units; a call that
 * meets an earlier unit in memory waits for it. So each call reads what it reads
 * where all run in turn. Every call of a unit, and every other one from the first
 * unit on, runs on one thread. */
#include "../core/beside.h"
#include "../core/group.h"
#include "kernels.h"
#include "program.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 256, RANGE = 2 };

typedef struct {
  const eoq_program *program;
  const uint8_t *slots;
  _Atomic int32_t failed; /* the first call of a unit that has failed, or the number of calls */
  pthread_mutex_t mutex;  /* of what it said */
  uint8_t text[TEXT];
} context;

/* Whether a call meets one of a unit in memory that one of them writes. */
static int32_t meets(const eoq_program *p, int32_t i, const eoq_program_unit *unit) {
  const eoq_program_call *call = &p->calls[i];
  for (int32_t k = unit->first; k < unit->end; k++) {
    if (eoq_kernel_meet(call->kernel, call->words, p->calls[k].kernel, p->calls[k].words)) return 1;
  }
  return 0;
}

/* Of the first `units` ones, how many have to end before call i runs. */
static int32_t needs_of(const eoq_program *p, int32_t i, int32_t units) {
  while (units > 0 && !meets(p, i, &p->units[units - 1])) units--;
  return units;
}

void eoq_program_order(eoq_program *p) {
  for (int32_t i = 0, units = 0; i < p->call_count && p->unit_count > 0; i++) {
    if (units > 0 && i < p->units[units - 1].end) { /* of a unit: it meets those before */
      const int32_t needs = needs_of(p, i, units - 1);
      int32_t *of_unit = &p->unit_needs[units - 1];
      *of_unit = needs > *of_unit ? needs : *of_unit;
      continue;
    }
    if (units < p->unit_count && i == p->units[units].first) {
      p->unit_needs[units] = needs_of(p, i, units);
      units++;
      continue;
    }
    p->calls[i].needs = needs_of(p, i, units);
  }
}

int32_t eoq_program_beside(int32_t handle, const uint8_t *ranges, size_t bytes) {
  eoq_program *p = eoq_program_find(handle);
  if (p == NULL) return EOQ_ERROR_PROGRAM;
  const size_t size = sizeof *p->units, count = bytes / size;
  if ((ranges == NULL && bytes > 0) || bytes % size != 0 || count > EOQ_MOST_BESIDE) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "ranges: %zu bytes are no units", bytes);
  }
  eoq_program_unit *units = malloc(bytes + size);
  int32_t *needs = malloc((count + 1) * sizeof *needs), status = EOQ_OK;
  if (units == NULL || needs == NULL) status = eoq_fail(EOQ_ERROR_MEMORY, "no memory for %zu units", count);
  else if (bytes > 0) memcpy(units, ranges, bytes);
  for (size_t i = 0, from = 0; i < count && status >= 0; from = (size_t)units[i++].end) {
    if (units[i].first >= 0 && (size_t)units[i].first >= from && units[i].first < units[i].end &&
        units[i].end <= p->call_count) {
      continue;
    }
    status = eoq_fail(EOQ_ERROR_ARGUMENT, "ranges: unit %zu has calls %d..%d of %d, from %zu on", i, units[i].first,
                      units[i].end, p->call_count, from);
  }
  if (status < 0) {
    free(units);
    free(needs);
    return status;
  }
  free(p->units);
  free(p->unit_needs);
  p->units = units;
  p->unit_needs = needs;
  p->unit_count = (int32_t)count;
  p->changes = eoq_tensor_changes() - 1; /* which call waits for which is to be looked at */
  return eoq_program_apart(p);
}

int32_t eoq_program_has_beside(const eoq_program *p, int32_t first, int32_t end) {
  return p->unit_count > 0 && first == 0 && end == p->call_count && p->tidy && eoq_part.whole == 0 && eoq_threads() > 1;
}

static void note_failure(context *c, int32_t i) {
  pthread_mutex_lock(&c->mutex);
  if (i < atomic_load(&c->failed)) {
    atomic_store(&c->failed, i);
    eoq_last_error(c->text, sizeof c->text);
  }
  pthread_mutex_unlock(&c->mutex);
}

static void run_unit(void *argument, int32_t number, int32_t thread) {
  context *c = argument;
  const eoq_program_unit *unit = &c->program->units[number];
  eoq_alone(thread);
  for (int32_t i = unit->first; i < unit->end && i < atomic_load(&c->failed); i++) {
    if (eoq_program_run_call(c->program, i, c->slots) < 0) note_failure(c, i);
  }
  /* The calling thread has calls of its own to go on with. */
  eoq_alone(thread == 0 ? 0 : -1);
}

int32_t eoq_program_run_beside(const eoq_program *p, const uint8_t *slots) {
  context c = { .program = p, .slots = slots, .failed = p->call_count, .mutex = PTHREAD_MUTEX_INITIALIZER };
  int32_t status = EOQ_OK, units = 0, i = 0;
  for (; i < p->units[0].first && status >= 0; i++) status = eoq_program_run_call(p, i, slots);
  if (status < 0) return status;
  eoq_alone(0);
  eoq_beside_start(&(eoq_beside){ .task = run_unit, .context = &c, .units = p->unit_count, .needs = p->unit_needs });
  while (i < p->call_count && status >= 0 && i < atomic_load(&c.failed)) {
    if (units < p->unit_count && i == p->units[units].first) {
      i = p->units[units++].end;
      eoq_beside_offer(units);
      continue;
    }
    if (p->calls[i].needs > 0) eoq_beside_await(p->calls[i].needs);
    status = eoq_program_run_call(p, i++, slots);
  }
  eoq_beside_finish(units);
  eoq_alone(-1);
  if (atomic_load(&c.failed) == p->call_count) return status;
  return eoq_fail(EOQ_ERROR_PROGRAM, "%s", (const char *)c.text);
}
