/* kernels.c: the table of all kernels, made of their declarations. */
#include "kernels.h"

#include "../conv/shape.h"
#include "../core/sums.h"
#include "../core/words.h"
#include "../int8/calls.h"
#ifndef EOQ_INTEGER_ONLY
#include "../fp32/calls.h"
#endif

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* The build without floating-point registers has no fp32 kernels. */
#ifdef EOQ_INTEGER_ONLY
#define EOQ_DECLARATIONS "../int8/declarations.inc"
#else
#define EOQ_DECLARATIONS "all.inc"
#endif

#include "../core/words_as_kinds.inc"
#define EOQ_KERNEL(name, words) words,
static const char *const kinds[] = {
#include EOQ_DECLARATIONS
};
#undef EOQ_KERNEL
/* A call is as many words as it has kinds, and no more than callers have room for. */
#define EOQ_KERNEL(name, words)                                                                              \
  _Static_assert(sizeof(eoq_##name##_call) == (sizeof("" words) - 1) * sizeof(int32_t), #name " has a gap"); \
  _Static_assert(sizeof(eoq_##name##_call) <= EOQ_MOST_WORDS * sizeof(int32_t), #name " has too many words");
#include EOQ_DECLARATIONS
#undef EOQ_KERNEL
#include "../core/words_end.inc"

#include "../core/words_as_text.inc"
#define EOQ_KERNEL(name, words) #name "(" words ")",
static const char *const texts[] = {
#include EOQ_DECLARATIONS
};
#undef EOQ_KERNEL
#define EOQ_KERNEL(name, words) #name,
static const char *const names[] = {
#include EOQ_DECLARATIONS
};
#undef EOQ_KERNEL
#define EOQ_KERNEL(name, list)             \
  static int32_t run_##name(void *words) { \
    return eoq_##name(words);              \
  }
#include EOQ_DECLARATIONS
#undef EOQ_KERNEL
#define EOQ_KERNEL(name, words) run_##name,
static int32_t (*const runs[])(void *words) = {
#include EOQ_DECLARATIONS
};
#undef EOQ_KERNEL
#include "../core/words_end.inc"

enum { KERNELS = sizeof names / sizeof *names };

/* Of kinds of words that are handles of tensors, what a kernel does with them. */
enum { READ = 1, WRITTEN = 2 };
static const uint8_t uses[UINT8_MAX + 1] = {
  ['i'] = READ, ['I'] = READ, ['o'] = WRITTEN, ['O'] = WRITTEN, ['b'] = READ | WRITTEN, ['B'] = READ | WRITTEN,
};

int32_t eoq_kernel_count(void) {
  return KERNELS;
}

int32_t eoq_kernel_known(int32_t kernel) {
  if (kernel >= 0 && kernel < KERNELS) return EOQ_OK;
  return eoq_fail(EOQ_ERROR_ARGUMENT, "no kernel has number %d", kernel);
}

int32_t eoq_kernel_text(int32_t kernel, uint8_t *text, size_t bytes) {
  const int32_t status = eoq_kernel_known(kernel);
  return status < 0 ? status : eoq_copy_text(texts[kernel], text, bytes);
}

const char *eoq_kernel_name(int32_t kernel) {
  return names[kernel];
}

const char *eoq_kernel_kinds(int32_t kernel) {
  return kinds[kernel];
}

/* Whether a word of this kind is the handle of a tensor, and of one that is
 * written. A step asks it of thousands of words, so it searches no string. */
static int is_tensor(char kind) {
  return uses[(uint8_t)kind] != 0;
}

static int is_written(char kind) {
  return (uses[(uint8_t)kind] & WRITTEN) != 0;
}

int32_t eoq_kernel_handles(int32_t kernel, const int32_t *words) {
  for (const char *kind = kinds[kernel]; *kind != 0; kind++, words++) {
    eoq_conv_shape shape;
    if (*kind == 's' && eoq_conv_shape_get(&shape, *words, 1, "shape") < 0) return EOQ_ERROR_SHAPE;
    if (!is_tensor(*kind)) continue;
    if (isupper((unsigned char)*kind) && *words == 0) continue;
    if (eoq_tensor_type(*words) < 0) return eoq_fail(EOQ_ERROR_TENSOR, "%d is not a live tensor", *words);
  }
  return EOQ_OK;
}

int32_t eoq_kernel_apart(int32_t kernel, const int32_t *words) {
  const char *kind = kinds[kernel];
  for (int32_t i = 0; kind[i] != 0; i++) {
    if (!is_written(kind[i])) continue;
    for (int32_t j = 0; kind[j] != 0; j++) {
      if (!is_tensor(kind[j]) || words[i] == words[j] || !eoq_share_bytes(words[i], words[j])) continue;
      return eoq_fail(EOQ_ERROR_ARGUMENT, "tensor %d is written and shares bytes with %d", words[i], words[j]);
    }
  }
  return EOQ_OK;
}

int32_t eoq_kernel_meet(int32_t kernel, const int32_t *words, int32_t other, const int32_t *others) {
  const char *kind = kinds[kernel], *of_other = kinds[other];
  for (int32_t i = 0; kind[i] != 0; i++) {
    if (!is_tensor(kind[i])) continue;
    for (int32_t j = 0; of_other[j] != 0; j++) {
      if (!is_tensor(of_other[j]) || (!is_written(kind[i]) && !is_written(of_other[j]))) continue;
      if (eoq_share_bytes(words[i], others[j])) return 1;
    }
  }
  return 0;
}

static int is_read(char kind) {
  return (uses[(uint8_t)kind] & READ) != 0;
}

int32_t eoq_kernel_follow(int32_t kernel, const int32_t *words) {
  const char *kind = kinds[kernel];
  int32_t sound = 1;
  for (int32_t i = 0; kind[i] != 0; i++) {
    if (is_read(kind[i]) && eoq_tensor_placed(words[i])) sound = sound && eoq_tensor_sound(words[i]);
  }
  for (int32_t i = 0; kind[i] != 0; i++) {
    if (is_written(kind[i]) && eoq_tensor_placed(words[i])) eoq_tensor_follow_write(words[i]);
  }
  return sound;
}

void eoq_kernel_spoil(int32_t kernel, const int32_t *words) {
  const char *kind = kinds[kernel];
  for (int32_t i = 0; kind[i] != 0; i++) {
    if (is_written(kind[i]) && eoq_tensor_placed(words[i])) return eoq_tensor_new_epoch();
  }
}

/* Handles of words that may be none, or 0. */
static int is_live_tensor(char kind, int32_t handle) {
  return is_tensor(kind) && eoq_tensor_type(handle) >= 0;
}

int32_t eoq_kernel_claim(int32_t kernel, const int32_t *words, int32_t lane) {
  int32_t status = EOQ_OK;
  for (const char *kind = kinds[kernel]; *kind != 0 && status >= 0; kind++, words++) {
    if (is_written(*kind) && is_live_tensor(*kind, *words)) status = eoq_claim(*words, lane);
  }
  return status;
}

int32_t eoq_kernel_claimed(int32_t kernel, const int32_t *words, int32_t lane) {
  for (const char *kind = kinds[kernel]; *kind != 0; kind++, words++) {
    if (!is_live_tensor(*kind, *words)) continue;
    const int32_t owner = eoq_claim_owner(*words);
    if (owner < 0 || owner == lane) continue;
    return eoq_fail(EOQ_ERROR_ARGUMENT, "tensor %d: lane %d reads the memory of lane %d", *words, lane, owner);
  }
  return EOQ_OK;
}

int32_t eoq_kernel_alike(int32_t kernel, const int32_t *words, const int32_t *others) {
  for (int32_t i = 0; kinds[kernel][i] != 0; i++) {
    eoq_conv_shape shape = { 0 }, other = { 0 };
    if (kinds[kernel][i] != 's' || words[i] == others[i]) continue;
    if (eoq_conv_shape_get(&shape, words[i], 1, "shape") < 0) return 0;
    if (eoq_conv_shape_get(&other, others[i], 1, "shape") < 0) return 0;
    if (memcmp(&shape, &other, sizeof shape) != 0) return 0;
  }
  return 1;
}

/* Those that are read come last. */
static void start(int32_t kernel, const int32_t *words) {
  const char *kind = kinds[kernel];
  for (int32_t i = 0; kind[i] != 0; i++) {
    if (is_written(kind[i]) && !is_read(kind[i])) eoq_tensor_start(words[i], 0, 1);
  }
  for (int32_t i = 0; kind[i] != 0; i++) {
    if (is_read(kind[i])) eoq_tensor_start(words[i], 1, is_written(kind[i]));
  }
}

/* Between two calls messages go on; sums that are on their way to a tensor of the next one are waited for. */
static int32_t await_sums(int32_t kernel, const int32_t *words) {
  int32_t status = eoq_sums_progress();
  for (const char *kind = kinds[kernel]; *kind != 0 && status >= 0; kind++, words++) {
    if (is_tensor(*kind)) status = eoq_sums_await(*words);
  }
  return status;
}

int32_t eoq_kernel_run(int32_t kernel, int32_t *words) {
  int32_t status = EOQ_OK;
  if (eoq_sums_pending > 0 && (status = await_sums(kernel, words)) < 0) return status;
  if (!eoq_only_checks) start(kernel, words);
  status = runs[kernel](words);
  if (eoq_only_checks) return status;
  for (const char *kind = kinds[kernel]; *kind != 0; kind++) {
    if (is_written(*kind)) eoq_tensor_written(words[kind - kinds[kernel]], status >= 0);
  }
  return status;
}
