/* sums.c: sums on their way, and the buckets of small ones. */
#include "sums.h"
#include "transport.h"

#include <stdlib.h>
#include <string.h>

int32_t eoq_sums_pending;

/* A message: values where they lie, or copies of several in a bucket, which is kept from step to step. */
typedef struct {
  uint8_t *bucket; /* of room for two, as the last one to come may fill it nearly twice; NULL before the first */
  void *data;
  size_t bytes;
  int32_t type, ticket, sums; /* that have not arrived */
} message;

typedef struct {
  uint8_t *values;
  size_t bytes;
  int32_t message;
} sum;

enum { NONE = -1, AT_FIRST = 16 };

static message *messages;
static sum *sums;
static int32_t message_count, message_room, sum_count, sum_room, open = NONE;

static void *more(void *list, int32_t *room, size_t bytes) {
  const int32_t wanted = *room == 0 ? AT_FIRST : 2 * *room;
  uint8_t *grown = realloc(list, (size_t)wanted * bytes);
  if (grown == NULL) return NULL;
  memset(grown + (size_t)*room * bytes, 0, (size_t)(wanted - *room) * bytes);
  *room = wanted;
  return grown;
}

static int32_t no_memory(void) {
  return eoq_fail(EOQ_ERROR_MEMORY, "no memory for sums on their way");
}

/* The next message, of which nothing was sent; NONE where memory is short. */
static int32_t next_message(int32_t type) {
  if (message_count == message_room) {
    message *grown = more(messages, &message_room, sizeof *messages);
    if (grown == NULL) return NONE;
    messages = grown;
  }
  message *m = &messages[message_count];
  *m = (message){ .bucket = m->bucket, .type = type };
  return message_count++;
}

static int32_t add(void *values, size_t bytes, int32_t to) {
  if (sum_count == sum_room) {
    sum *grown = more(sums, &sum_room, sizeof *sums);
    if (grown == NULL) return no_memory();
    sums = grown;
  }
  sums[sum_count++] = (sum){ .values = values, .bytes = bytes, .message = to };
  messages[to].bytes += bytes;
  messages[to].sums++;
  eoq_sums_pending++;
  return EOQ_OK;
}

static int32_t send(int32_t which) {
  message *m = &messages[which];
  if (which == open) open = NONE;
  return eoq_group_start(m->data, m->bytes, m->type, &m->ticket);
}

static int32_t send_open(void) {
  return open == NONE ? EOQ_OK : send(open);
}

/* Opens a bucket for values of a type, unless one is open. */
static int32_t open_bucket(int32_t type) {
  int32_t status = EOQ_OK;
  if (open != NONE && messages[open].type != type) status = send(open);
  if (status < 0 || open != NONE) return status;
  const int32_t opened = next_message(type);
  if (opened == NONE) return no_memory();
  message *m = &messages[opened];
  if (m->bucket == NULL) m->bucket = malloc(2 * EOQ_BUCKET);
  if (m->bucket == NULL) return no_memory();
  m->data = m->bucket;
  open = opened;
  return EOQ_OK;
}

static int32_t send_in_place(void *values, size_t bytes, int32_t type) {
  const int32_t own = next_message(type);
  if (own == NONE) return no_memory();
  messages[own].data = values;
  const int32_t status = add(values, bytes, own);
  return status < 0 ? status : send(own);
}

int32_t eoq_sums_send(void *values, size_t count, int32_t type) {
  const size_t bytes = count * eoq_group_width(type);
  if (eoq_part.images == 0) memset(values, 0, bytes);
  if (bytes >= EOQ_BUCKET) return send_in_place(values, bytes, type);
  int32_t status = open_bucket(type);
  if (status < 0) return status;
  const int32_t to = open;
  memcpy(messages[to].bucket + messages[to].bytes, values, bytes);
  if ((status = add(values, bytes, to)) < 0) return status;
  return messages[to].bytes < EOQ_BUCKET ? EOQ_OK : send(to);
}

int32_t eoq_sums_progress(void) {
  return eoq_group_progress();
}

/* Waits for a message that was sent, and hands a bucket's sums out. */
static int32_t arrive(int32_t which) {
  const message *m = &messages[which];
  const int32_t status = eoq_group_finish(m->ticket);
  if (status < 0) return status;
  const uint8_t *from = m->data;
  for (int32_t i = 0; i < sum_count; i++) {
    if (sums[i].message != which) continue;
    if (m->data == m->bucket) memcpy(sums[i].values, from, sums[i].bytes);
    from += sums[i].bytes;
  }
  eoq_sums_pending -= m->sums;
  messages[which].sums = 0;
  return EOQ_OK;
}

int32_t eoq_sums_await(int32_t handle) {
  const eoq_tensor *t = eoq_tensor_look(handle);
  if (t == NULL) return EOQ_OK;
  const uint8_t *from = t->data, *to = from + t->bytes;
  int32_t status = EOQ_OK;
  for (int32_t i = 0; i < sum_count && status >= 0; i++) {
    const sum *s = &sums[i];
    if (messages[s->message].sums == 0 || s->values >= to || from >= s->values + s->bytes) continue;
    if ((status = send_open()) >= 0) status = arrive(s->message);
  }
  return status;
}

int32_t eoq_sums_finish(int32_t status) {
  if (eoq_sums_pending == 0 && message_count == 0) return status;
  if (status >= 0) {
    const int32_t sent = send_open();
    status = sent < 0 ? sent : status;
  }
  for (int32_t i = 0; i < message_count && status >= 0; i++) {
    const int32_t arrived = messages[i].sums == 0 ? EOQ_OK : arrive(i);
    status = arrived < 0 ? arrived : status;
  }
  if (status < 0) eoq_group_abandon();
  message_count = sum_count = eoq_sums_pending = 0;
  open = NONE;
  return status;
}
