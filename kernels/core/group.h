/* group.h: the processes that share a training step, each with images of its
 * own. Wherever a step takes something from the whole batch, the kernel that
 * takes it has the members' parts combined first: maxima and integer sums come
 * out the same however the images were divided.
 *
 * Alone, which is how a process starts, each of these is one comparison. */
#ifndef EOQ_GROUP_H
#define EOQ_GROUP_H

#include "internal.h"

typedef struct {
  int32_t whole;  /* images of the batch that is shared; 0 while nothing is */
  int32_t first;  /* place in it of this member's first image */
  int32_t images; /* of this member; an idle one, 0, computes on 1 that counts for nothing */
} eoq_group_part_of_batch;

extern eoq_group_part_of_batch eoq_part;

/* Combinations where a batch is shared: call the ones below. */
int32_t eoq_group_combine_extremes(int32_t *minima, int32_t *maxima, int32_t pairs);
int32_t eoq_group_combine_alignment(int32_t *minima, int32_t *maxima, int32_t pairs);
int32_t eoq_group_keep_late(int32_t *value, int32_t least);
int32_t eoq_group_finish_step(int32_t status);
int32_t eoq_group_combine_sums(void *values, size_t count, int32_t type);

/* Messages of sums.c, which sees to what is on its way. */
size_t eoq_group_width(int32_t type);
int32_t eoq_group_start(void *values, size_t bytes, int32_t type, int32_t *ticket);
int32_t eoq_group_finish(int32_t ticket);
int32_t eoq_group_progress(void);
void eoq_group_abandon(void);

/* `pairs` minima and maxima, as those of all members. EOQ_OK, or a status after eoq_fail(). */
static inline int32_t eoq_group_extremes(int32_t *minima, int32_t *maxima, int32_t pairs) {
  return eoq_part.whole == 0 ? EOQ_OK : eoq_group_combine_extremes(minima, maxima, pairs);
}

/* The same where the data decide whether it is asked for: in all members alike, and counted apart. */
static inline int32_t eoq_group_alignment(int32_t *minima, int32_t *maxima, int32_t pairs) {
  return eoq_part.whole == 0 ? EOQ_OK : eoq_group_combine_alignment(minima, maxima, pairs);
}

/* A value that nobody reads before the step has ended: then it is the largest of all members', and at least the
 * largest `least`, or INT32_MIN where it is that in all. All of a step are in one message; it stays where it is. */
static inline int32_t eoq_group_late(int32_t *value, int32_t least) {
  return eoq_part.whole == 0 ? EOQ_OK : eoq_group_keep_late(value, least);
}

/* Behind the calls of a step that ended with `status`, or with that of a message which is waited for here. */
static inline int32_t eoq_group_end_step(int32_t status) {
  return eoq_part.whole == 0 ? status : eoq_group_finish_step(status);
}

/* Values of type EOQ_INT32, EOQ_INT64, EOQ_FP32 or EOQ_FP64, as sums over all members. */
static inline int32_t eoq_group_sums(void *values, size_t count, int32_t type) {
  return eoq_part.whole == 0 ? EOQ_OK : eoq_group_combine_sums(values, count, type);
}

static inline int64_t eoq_group_own_images(void) {
  return eoq_part.images == 0 ? 1 : eoq_part.images;
}

/* Of `count` things that this member's images have the same number of, those of the whole batch. */
static inline int64_t eoq_group_whole(int64_t count) {
  return eoq_part.whole == 0 ? count : count / eoq_group_own_images() * eoq_part.whole;
}

/* And the place among those of the first one of this member. */
static inline int64_t eoq_group_first(int64_t count) {
  return eoq_part.whole == 0 ? 0 : count / eoq_group_own_images() * eoq_part.first;
}

#endif
