/* kernels.h: the table of all kernels that a call can name by number: int8, then fp32. */
#ifndef EOQ_PROGRAM_KERNELS_H
#define EOQ_PROGRAM_KERNELS_H

#include <stdint.h>

/* Words of a call, at most. */
enum { EOQ_MOST_WORDS = 64 };

/* EOQ_OK where a kernel has this number. */
int32_t eoq_kernel_known(int32_t kernel);

/* Of a known kernel its name, and a letter for each of its words (core/words_as_kinds.inc). */
const char *eoq_kernel_name(int32_t kernel);
const char *eoq_kernel_kinds(int32_t kernel);

/* Fails, naming the first, where a word of a known kernel that should be a handle is none that is alive. */
int32_t eoq_kernel_handles(int32_t kernel, const int32_t *words);

/* Fails where a known kernel would write a tensor that shares bytes with
 * another one of its words. One tensor for two words is the kernel's to judge. */
int32_t eoq_kernel_apart(int32_t kernel, const int32_t *words);

/* Whether one of two calls of known kernels writes bytes that the other one touches. */
int32_t eoq_kernel_meet(int32_t kernel, const int32_t *words, int32_t other, const int32_t *others);

/* Follows a call's writes to arenas; whether what it reads there was left as it was written. */
int32_t eoq_kernel_follow(int32_t kernel, const int32_t *words);

/* Begins a new epoch of tensors where a known kernel writes one that lies in an arena. */
void eoq_kernel_spoil(int32_t kernel, const int32_t *words);

/* Has a lane claim the memory that a known kernel writes; fails where another lane has it. */
int32_t eoq_kernel_claim(int32_t kernel, const int32_t *words, int32_t lane);

/* Fails where a known kernel would touch memory that another lane has claimed. */
int32_t eoq_kernel_claimed(int32_t kernel, const int32_t *words, int32_t lane);

/* Whether two calls of a known kernel are of the same shapes. */
int32_t eoq_kernel_alike(int32_t kernel, const int32_t *words, const int32_t *others);

/* Runs a known kernel. */
int32_t eoq_kernel_run(int32_t kernel, int32_t *words);

#endif
