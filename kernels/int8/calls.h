/* calls.h: each int8 kernel, and the struct of its call; see declarations.inc. */
#ifndef EOQ_INT8_CALLS_H
#define EOQ_INT8_CALLS_H

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
