/* program.h: what a program is, for what runs it. */
#ifndef EOQ_PROGRAM_H
#define EOQ_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  int32_t kernel;
  int32_t *words;
  int32_t first_patch, patch_count; /* what a run sets of its words */
  int32_t needs;                    /* units that end before it runs: the first so many */
} eoq_program_call;

typedef struct {
  int32_t *word;
  int32_t slot;
} eoq_program_patch;

/* Calls in a row that may run beside the others behind them (beside.c). */
typedef struct {
  int32_t first, end;
} eoq_program_unit;

typedef struct {
  int32_t *words; /* of all calls; NULL where the place is free */
  eoq_program_call *calls;
  eoq_program_patch *patches;
  int32_t call_count, slot_count, patch_count;
  eoq_program_unit *units;
  int32_t *unit_needs; /* units that end before one starts: the first so many */
  int32_t unit_count;
  int32_t generation;
  uint32_t changes; /* of tensors when calls were last found to have theirs apart */
  int32_t tidy;     /* whether each call reads in arenas what calls before it wrote and none wrote over */
  int32_t next;     /* call behind the last one that ran, */
  uint32_t epoch;   /* and the epoch of tensors then */
} eoq_program;

/* The program behind a handle, or NULL after a failure. */
eoq_program *eoq_program_find(int32_t handle);

/* Fails where `bytes` are not the program's slots, or where a call writes bytes of another one of its tensors. */
int32_t eoq_program_slots(const eoq_program *p, const uint8_t *slots, size_t bytes);
int32_t eoq_program_apart(eoq_program *p);

/* Around the calls of a run from `first` up to `end`, and each of them. */
void eoq_program_begin(eoq_program *p, int32_t first);
int32_t eoq_program_run_call(const eoq_program *p, int32_t call, const uint8_t *slots);
void eoq_program_end(eoq_program *p, int32_t end);

/* Finds out which units have to end before which calls and units. */
void eoq_program_order(eoq_program *p);

/* Whether a run of the calls from `first` up to `end` has units beside it, and such a run of all calls. */
int32_t eoq_program_has_beside(const eoq_program *p, int32_t first, int32_t end);
int32_t eoq_program_run_beside(const eoq_program *p, const uint8_t *slots);

#endif
