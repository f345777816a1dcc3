/* program.c: a list of calls that run in turn, checked when it is made.
 *
 * Programs arrive as 32-bit words: MAGIC, the number of calls, of slots and of
 * patches; then each call, its kernel and its words; then each patch, a call,
 * one of its words and the slot whose value it has in each run. A patched word
 * is a number: which tensors a call touches is settled when the program is made. */
#include "../core/group.h"
#include "../core/reruns.h"
#include "kernels.h"
#include "program.h"

#include <stdlib.h>
#include <string.h>

enum { MAGIC = 0x514f45, HEADER = 4, PATCH = 3, MOST = 1 << 20 };

/* Bits of a handle: this one, 13 of how often the place was given away before,
 * 16 of the place. So it lies between the handles of tensors and of shapes. */
enum { PROGRAM = 1 << 29, PLACE_BITS = 16, PLACES = 1 << PLACE_BITS, GENERATIONS = 1 << 13, PLACES_AT_FIRST = 16 };

static eoq_program *table;
static int32_t table_size;

static int32_t free_place(void) {
  for (int32_t i = 0; i < table_size; i++) {
    if (table[i].words == NULL) return i;
  }
  const int32_t size = table_size == 0 ? PLACES_AT_FIRST : table_size * 2;
  eoq_program *grown = size > PLACES ? NULL : realloc(table, (size_t)size * sizeof *grown);
  if (grown == NULL) return -1;
  memset(grown + table_size, 0, (size_t)(size - table_size) * sizeof *grown);
  const int32_t place = table_size;
  table = grown;
  table_size = size;
  return place;
}

eoq_program *eoq_program_find(int32_t handle) {
  const int32_t place = handle & (PLACES - 1), above = handle >> PLACE_BITS;
  if (place < table_size && table[place].words != NULL && above == (PROGRAM >> PLACE_BITS | table[place].generation)) {
    return &table[place];
  }
  eoq_fail(EOQ_ERROR_PROGRAM, "program: %d is not a live program", handle);
  return NULL;
}

static void release(eoq_program *p) {
  free(p->words);
  free(p->calls);
  free(p->patches);
  free(p->units);
  free(p->unit_needs);
  *p = (eoq_program){ .generation = p->generation };
}

/* Sets the patches of p, those of a call next to each other, from their words. */
static int32_t read_patches(eoq_program *p, const int32_t *words) {
  for (int32_t i = 0; i < p->patch_count; i++) {
    const int32_t of = words[i * PATCH], word = words[i * PATCH + 1], slot = words[i * PATCH + 2];
    if (of < 0 || of >= p->call_count || slot < 0 || slot >= p->slot_count) {
      return eoq_fail(EOQ_ERROR_PROGRAM, "program: patch %d has call %d and slot %d", i, of, slot);
    }
    const char *kinds = eoq_kernel_kinds(p->calls[of].kernel);
    if (word < 0 || word >= (int32_t)strlen(kinds) || kinds[word] != 'n') {
      return eoq_fail(EOQ_ERROR_PROGRAM, "program: patch %d changes word %d, which is no number", i, word);
    }
    p->calls[of].patch_count++;
  }
  int32_t first = 0;
  for (int32_t i = 0; i < p->call_count; i++) {
    p->calls[i].first_patch = first;
    first += p->calls[i].patch_count;
    p->calls[i].patch_count = 0; /* counted again as they come */
  }
  for (int32_t i = 0; i < p->patch_count; i++) {
    eoq_program_call *of = &p->calls[words[i * PATCH]];
    p->patches[of->first_patch + of->patch_count++] =
      (eoq_program_patch){ .word = of->words + words[i * PATCH + 1], .slot = words[i * PATCH + 2] };
  }
  return EOQ_OK;
}

/* Whether the words are a program; sets what `p` is made of, which lies in p->words. */
static int32_t read_calls(eoq_program *p, int32_t count) {
  int32_t at = HEADER;
  for (int32_t i = 0; i < p->call_count; i++) {
    if (at >= count) return eoq_fail(EOQ_ERROR_PROGRAM, "program: ends before call %d of %d", i, p->call_count);
    const int32_t kernel = p->words[at++];
    if (eoq_kernel_known(kernel) < 0) return eoq_fail(EOQ_ERROR_PROGRAM, "call %d: no kernel has number %d", i, kernel);
    const char *kinds = eoq_kernel_kinds(kernel);
    const int32_t length = (int32_t)strlen(kinds);
    if (length > count - at) return eoq_fail(EOQ_ERROR_PROGRAM, "program: ends in call %d", i);
    p->calls[i] = (eoq_program_call){ .kernel = kernel, .words = p->words + at };
    for (int32_t word = 0; word < length; word++) {
      if (kinds[word] == 'g') p->words[at + word] = 0; /* guesses are the kernels' own */
    }
    at += length;
  }
  if (count - at != p->patch_count * PATCH) {
    return eoq_fail(EOQ_ERROR_PROGRAM, "program: has %d words for %d patches", count - at, p->patch_count);
  }
  return read_patches(p, p->words + at);
}

/* No call writes a tensor that shares bytes with another one of its tensors:
 * looked at again where tensors were made since, in whose memory handles may lie. */
int32_t eoq_program_apart(eoq_program *p) {
  if (p->changes == eoq_tensor_changes()) return EOQ_OK;
  for (int32_t i = 0; i < p->call_count; i++) {
    if (eoq_kernel_apart(p->calls[i].kernel, p->calls[i].words) < 0) {
      return eoq_fail_at(i, eoq_kernel_name(p->calls[i].kernel));
    }
  }
  p->changes = eoq_tensor_changes();
  p->tidy = 1;
  eoq_tensor_follow_start();
  for (int32_t i = 0; i < p->call_count && p->tidy; i++) {
    p->tidy = eoq_kernel_follow(p->calls[i].kernel, p->calls[i].words);
  }
  eoq_program_order(p);
  return EOQ_OK;
}

/* Every kernel takes its words, and every handle is alive, also one that the
 * kernel has no use for; nothing is computed. A number that runs set may not be
 * one yet that its kernel takes: it is checked in each run. */
static int32_t check_calls(eoq_program *p) {
  int32_t status = EOQ_OK;
  eoq_only_checks = 1;
  for (int32_t i = 0; i < p->call_count && status >= 0; i++) {
    const eoq_program_call *each = &p->calls[i];
    status = eoq_kernel_run(each->kernel, each->words);
    if (status >= 0 || (each->patch_count > 0 && status == EOQ_ERROR_ARGUMENT)) {
      status = eoq_kernel_handles(each->kernel, each->words);
    }
    if (status < 0) status = eoq_fail_at(i, eoq_kernel_name(each->kernel));
  }
  eoq_only_checks = 0;
  p->changes = eoq_tensor_changes() - 1; /* not looked at yet */
  return status < 0 ? status : eoq_program_apart(p);
}

int32_t eoq_program_create(const uint8_t *words, size_t bytes) {
  if (words == NULL || bytes < HEADER * sizeof(int32_t) || bytes % sizeof(int32_t) != 0 ||
      bytes > MOST * sizeof(int32_t)) {
    return eoq_fail(EOQ_ERROR_PROGRAM, "program: %zu bytes are none", bytes);
  }
  int32_t header[HEADER];
  memcpy(header, words, sizeof header);
  if (header[0] != MAGIC) return eoq_fail(EOQ_ERROR_PROGRAM, "program: starts with %d", header[0]);
  for (int32_t i = 1; i < HEADER; i++) {
    if (header[i] < 0 || header[i] > MOST) {
      return eoq_fail(EOQ_ERROR_PROGRAM, "program: %d is no number of calls, slots or patches", header[i]);
    }
  }
  const int32_t place = free_place();
  if (place < 0) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for a program");
  eoq_program *p = &table[place];
  p->call_count = header[1];
  p->slot_count = header[2];
  p->patch_count = header[3];
  p->words = malloc(bytes);
  p->calls = malloc(((size_t)p->call_count + 1) * sizeof *p->calls);
  p->patches = malloc(((size_t)p->patch_count + 1) * sizeof *p->patches);
  int32_t status = p->words == NULL || p->calls == NULL || p->patches == NULL
                     ? eoq_fail(EOQ_ERROR_MEMORY, "no memory for a program of %zu bytes", bytes)
                     : EOQ_OK;
  if (status >= 0) {
    memcpy(p->words, words, bytes);
    status = read_calls(p, (int32_t)(bytes / sizeof(int32_t)));
  }
  if (status >= 0) status = check_calls(p);
  if (status >= 0) return PROGRAM | p->generation << PLACE_BITS | place;
  release(p);
  return status;
}

int32_t eoq_program_destroy(int32_t handle) {
  eoq_program *p = eoq_program_find(handle);
  if (p == NULL) return EOQ_ERROR_PROGRAM;
  p->generation = (p->generation + 1) & (GENERATIONS - 1);
  release(p);
  return EOQ_OK;
}

int32_t eoq_program_slots(const eoq_program *p, const uint8_t *slots, size_t bytes) {
  if (bytes == (size_t)p->slot_count * sizeof(int32_t) && (slots != NULL || bytes == 0)) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "slots: %zu bytes, must be %d slots", bytes, p->slot_count);
}

/* What is known of tensors in arenas holds within a run of a tidy program, and
 * where a run goes on behind the one before; else each call has what it reads
 * there measured. */
void eoq_program_begin(eoq_program *p, int32_t first) {
  const int32_t goes_on = first > 0 && first == p->next && p->epoch == eoq_tensor_epoch();
  if (!p->tidy || !goes_on) eoq_tensor_new_epoch();
}

void eoq_program_end(eoq_program *p, int32_t next) {
  p->next = next;
  p->epoch = eoq_tensor_epoch();
}

/* Gives the patched words of a call their values just before it runs, when it reads them anyway. */
int32_t eoq_program_run_call(const eoq_program *p, int32_t i, const uint8_t *slots) {
  const eoq_program_call *each = &p->calls[i];
  const eoq_program_patch *patches = p->patches + each->first_patch;
  for (int32_t k = 0; k < each->patch_count; k++) {
    memcpy(patches[k].word, slots + (size_t)patches[k].slot * sizeof(int32_t), sizeof(int32_t));
  }
  const int32_t status = eoq_kernel_run(each->kernel, each->words);
  if (!p->tidy) eoq_kernel_spoil(each->kernel, each->words);
  return status < 0 ? eoq_fail_at(i, eoq_kernel_name(each->kernel)) : EOQ_OK;
}

int32_t eoq_program_run(int32_t handle, const uint8_t *slots, size_t bytes, int32_t first, int32_t end) {
  eoq_program *p = eoq_program_find(handle);
  if (p == NULL) return EOQ_ERROR_PROGRAM;
  if (first < 0 || end < first || end > p->call_count) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "first, end: calls %d..%d are not in 0..%d", first, end, p->call_count);
  }
  int32_t status = eoq_program_slots(p, slots, bytes);
  if (status >= 0) status = eoq_program_apart(p);
  if (status < 0) return status;
  eoq_program_begin(p, first);
  if (eoq_program_has_beside(p, first, end)) status = eoq_program_run_beside(p, slots);
  else {
    for (int32_t i = first; i < end && status >= 0; i++) status = eoq_program_run_call(p, i, slots);
  }
  eoq_program_end(p, end);
  return eoq_group_end_step(status);
}

int32_t eoq_program_time(int32_t handle, const uint8_t *slots, size_t bytes, uint8_t *nanoseconds, size_t room) {
  eoq_program *p = eoq_program_find(handle);
  if (p == NULL) return EOQ_ERROR_PROGRAM;
  const size_t calls = (size_t)p->call_count, size = sizeof(int64_t);
  if ((nanoseconds == NULL && room > 0) || room != 2 * calls * size) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "nanoseconds: %zu bytes, must be %zu int64", room, 2 * calls);
  }
  int32_t status = eoq_program_slots(p, slots, bytes);
  if (status >= 0) status = eoq_program_apart(p);
  if (status < 0) return status;
  eoq_program_begin(p, 0);
  eoq_reruns_take();
  int64_t before = eoq_nanoseconds();
  for (size_t i = 0; i < calls && status >= 0; i++) {
    status = eoq_program_run_call(p, (int32_t)i, slots);
    const int64_t after = eoq_nanoseconds(), taken = after - before, again = eoq_reruns_take();
    memcpy(nanoseconds + i * size, &taken, size);
    memcpy(nanoseconds + (calls + i) * size, &again, size);
    before = after;
  }
  eoq_program_end(p, p->call_count);
  return eoq_group_end_step(status);
}

int32_t eoq_call(int32_t kernel, const uint8_t *words, size_t bytes) {
  int32_t own[EOQ_MOST_WORDS];
  int32_t status = eoq_kernel_known(kernel);
  if (status < 0) return status;
  const size_t length = strlen(eoq_kernel_kinds(kernel)) * sizeof(int32_t);
  if (words == NULL || bytes != length) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "words: %zu bytes, %s has %zu", bytes, eoq_kernel_name(kernel), length);
  }
  memcpy(own, words, bytes);
  status = eoq_kernel_apart(kernel, own);
  if (status < 0) return status;
  status = eoq_kernel_run(kernel, own);
  eoq_kernel_spoil(kernel, own);
  return eoq_group_end_step(status);
}
