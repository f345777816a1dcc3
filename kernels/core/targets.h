/* targets.h: the classes that a softmax cross-entropy compares with. */
#ifndef EOQ_TARGETS_H
#define EOQ_TARGETS_H

#include "internal.h"

enum { EOQ_WHOLE_SHARE = 256 };

/* `share` / 256 of an image's target is its class in `own`, the rest the one in
 * `other`; then `smoothing` / 256 of it is spread over all classes alike. */
typedef struct {
  const int16_t *own, *other;
  int32_t share, smoothing;
} eoq_targets;

/* Fails, naming the argument, unless labels and partners hold n classes from 0
 * and share and smoothing are in 0..256. Without partners (0) the other class is the own one. */
int32_t eoq_targets_get(int32_t labels, int32_t partners, int32_t share, int32_t smoothing, int32_t n, int32_t classes,
                        eoq_targets *targets);

#endif
