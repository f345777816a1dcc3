/* batchnorm_pass.h: what forward and backward of batch normalization share:
 * a channel's exact sums over threads, and the lanes. */
#ifndef EOQ_INT8_BATCHNORM_PASS_H
#define EOQ_INT8_BATCHNORM_PASS_H

#include "batchnorm_channel.h"
#include "ranges.h"

typedef struct eoq_norm_pass eoq_norm_pass;

/* Adds `pixels` pixels from pixel `from` on to a thread's two sums a channel. */
typedef void eoq_norm_add(const eoq_norm_pass *pass, size_t from, size_t pixels, int64_t *first, int64_t *second);

struct eoq_norm_pass {
  const eoq_int8_batchnorm *kernels;
  eoq_norm_lanes lanes;
  int64_t *sums; /* two a channel: all of the first, then all of the second */
  size_t pixels, count;
  int32_t whole; /* pixels of the whole batch */
  eoq_norm_add *add;
  const void *context;
};

/* Checks the sizes and makes room for `kinds` kinds of lanes. */
int32_t eoq_norm_pass_init(eoq_norm_pass *pass, int32_t pixels, int32_t c, int32_t kinds);

/* Adds everything up; exact, and so the same whoever adds what. EOQ_OK, or a status after eoq_fail(). */
int32_t eoq_norm_pass_sums(eoq_norm_pass *pass, eoq_norm_add *add, const void *context);

/* Copies the lanes of the first channels over the rest of the period. */
void eoq_norm_pass_repeat(const eoq_norm_pass *pass, int32_t kinds);

#endif
