/* internal.h: what the kernels share: tensors behind handles, argument
 * checks, the thread pool and the selected instruction-set path. */
#ifndef EOQ_INTERNAL_H
#define EOQ_INTERNAL_H

#include "../eoq.h"
#include "paths.h"

/* What is kept beside a tensor (kept.h). */
typedef struct eoq_kept eoq_kept;

typedef struct {
  void *data;                /* 64-byte aligned, with 64 readable bytes behind the last element */
  struct eoq_memory *memory; /* that these bytes are of, which other tensors may share */
  size_t count;
  size_t bytes;
  int32_t type;
  int32_t exponent;
  int32_t minimum; /* extremes of an int8 or int32 tensor, kept by its writer */
  int32_t maximum;
  size_t measured; /* elements that these are the extremes of, from the first on */
  int32_t partial; /* whether they are those of this member's images alone, where a batch is shared (group.h) */
  size_t exact;    /* elements of which they are no bounds, but with zero the extremes themselves; often not known, 0 */
  size_t asked;    /* the most elements that the present call has asked for, of one that it writes */
  int32_t output;  /* whether the present call writes it, */
  int32_t written; /* and only that: no look for extremes that it replaces */
  int32_t placed;  /* whether it shares an arena, where writes to others may change it, */
  int32_t sound;   /* and whether, where a program is followed, none has since its own last one */
  uint32_t epoch;  /* of that write: in a later one the extremes are not known */
  uint64_t version; /* of the elements: another one after each write, and never one that another tensor had */
  eoq_kept *kept;   /* what was derived from them, or NULL */
} eoq_tensor;

/* Records the text and returns the code, so that a check is one line. */
int32_t eoq_fail(int32_t code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "call INDEX, NAME: " before the text of the last failure. */
int32_t eoq_fail_at(int32_t index, const char *name);

/* Set while a program is checked. A kernel whose words have passed its checks
 * returns then, before it computes or writes anything. */
extern int32_t eoq_only_checks;
#define EOQ_END_OF_CHECKS()             \
  do {                                  \
    if (eoq_only_checks) return EOQ_OK; \
  } while (0)

/* EOQ_OK where least <= value <= most, else fails and names the argument. */
int32_t eoq_within(const char *name, int32_t value, int32_t least, int32_t most);

/* Copies NUL-terminated text, cut to `bytes`. */
int32_t eoq_copy_text(const char *from, uint8_t *text, size_t bytes);

/* The tensor behind a handle, or NULL after eoq_fail() has named `what`. */
eoq_tensor *eoq_tensor_get(int32_t handle, int32_t type, size_t count, const char *what);

/* Around a call, for each of its tensors, and behind it for those it has written:
 * so the extremes are known to be of what it asked for, and of no more. What it
 * only writes is measured by nobody before; a tensor that it names twice is told
 * last that it is read. Handles that are not alive count for nothing. */
void eoq_tensor_start(int32_t handle, int32_t read, int32_t written);
void eoq_tensor_written(int32_t handle, int32_t done);

/* A live tensor or NULL, as it is: nothing is noted. */
const eoq_tensor *eoq_tensor_look(int32_t handle);

/* Lanes that run side by side claim the memory that they write: from the start
 * on nobody owns any. A claim fails where another lane has it; the owner is -1 where none has. */
void eoq_claims_start(void);
int32_t eoq_claim(int32_t handle, int32_t lane);
int32_t eoq_claim_owner(int32_t handle);

/* Of no tensor in an arena the extremes are known that was not written since. */
void eoq_tensor_new_epoch(void);
uint32_t eoq_tensor_epoch(void);

/* Whether a tensor shares an arena. */
int32_t eoq_tensor_placed(int32_t handle);

/* Follows the writes of a program: from the start, where no tensor of an arena
 * is sound, a write makes its tensor sound and those that it shares bytes with unsound. */
void eoq_tensor_follow_start(void);
void eoq_tensor_follow_write(int32_t handle);
int32_t eoq_tensor_sound(int32_t handle);

/* Element type of a live tensor, -1 for another handle. */
int32_t eoq_tensor_type(int32_t handle);

/* Whether two live tensors have bytes in common: they are one, or lie in one arena. */
int32_t eoq_share_bytes(int32_t a, int32_t b);

/* How often tensors were made and destroyed: while it stays, handles are what they were. */
uint32_t eoq_tensor_changes(void);

typedef struct {
  const char *name;
  int32_t handle;
} eoq_named;

/* Fails when one of the first `outputs` arguments is the same as another one,
 * as where a kernel would read what it has overwritten. 0 and arguments below
 * stand for none. */
int32_t eoq_apart(int32_t outputs, const eoq_named *arguments, int32_t count);
#define EOQ_APART(outputs, ...)                          \
  eoq_apart(outputs, (const eoq_named[]){ __VA_ARGS__ }, \
            (int32_t)(sizeof((const eoq_named[]){ __VA_ARGS__ }) / sizeof(eoq_named)))

/* Runs task(context, item, thread) for every item in [0, items), spread over
 * the pool; thread is below eoq_threads(). Items run in any order. */
typedef void eoq_task(void *context, int32_t item, int32_t thread);
void eoq_parallel(eoq_task *task, void *context, int32_t items);

/* Has the calling thread run whole calls by itself, beside others that do the
 * same: from here on it is the only one of its calls, their thread 0, with
 * scratch of its own as thread `lane` of the pool; -1 ends that. */
void eoq_alone(int32_t lane);

/* Whether the calling thread runs calls by itself, beside others. */
int32_t eoq_is_alone(void);

/* Where what threads have of their own starts for the calling one: its lane, 0 where it has none. */
int32_t eoq_lane(void);

/* First of `total` things that part `part` of `parts` nearly equal ones gets. */
static inline int32_t eoq_share(int32_t total, int32_t part, int32_t parts) {
  return (int32_t)((int64_t)total * part / parts);
}

/* Scratch memory of a thread, 64-byte aligned and kept between calls; only
 * eoq_scratch_reserve can fail, so call it before eoq_parallel. */
int32_t eoq_scratch_reserve(size_t bytes);
void *eoq_scratch(int32_t thread);

/* One block of scratch that all threads of a call see. */
int32_t eoq_shared_reserve(size_t bytes);
void *eoq_shared(void);

/* Of an allocated block only the first `bytes` may be touched from here on. */
#if defined(__SANITIZE_ADDRESS__)
void eoq_fence(void *block, size_t bytes, size_t allocated);
#else
static inline void eoq_fence(void *block, size_t bytes, size_t allocated) {
  (void)block, (void)bytes, (void)allocated;
}
#endif

/* The counting build's tallies are plain memory: a second thread would lose counts. */
#ifdef EOQ_COUNT
#define EOQ_MAX_THREADS 1
#else
#define EOQ_MAX_THREADS 256
#endif

#endif
