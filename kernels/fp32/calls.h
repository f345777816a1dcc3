/* calls.h: the struct of each fp32 kernel's call and the function that runs it;
 * see declarations.inc. */
#ifndef EOQ_FP32_CALLS_H
#define EOQ_FP32_CALLS_H

#include "../core/words.h"

#include "../core/words_as_members.inc"
#define EOQ_KERNEL(name, words) \
  typedef struct {              \
    words                       \
  } eoq_##name##_call;          \
  int32_t eoq_##name(eoq_##name##_call *call);
#include "declarations.inc"
#undef EOQ_KERNEL
#include "../core/words_end.inc"

#endif
