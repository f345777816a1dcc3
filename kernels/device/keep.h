/* keep.h: gradients of outputs that are kept from being measured until they are
 * applied, in no more bits than their largest takes: none, 16, 24 or 32. */
#ifndef EOQ_DEVICE_KEEP_H
#define EOQ_DEVICE_KEEP_H

#include "device.h"

/* Words before the gradients of an output: their mean, and how many words four of them take. */
enum { EOQ_KEPT_HEAD = 2 };

static int32_t eoq_words_of_four(int32_t low, int32_t high) {
  const int32_t most = 1 << 23;
  if (low == 0 && high == 0) return 0;
  if (low >= INT16_MIN && high <= INT16_MAX) return 2;
  return low >= -most && high < most ? 3 : 4;
}

/* Keeps `length` gradients between `low` and `high` at `to`; returns where the next can lie, or NULL, and nothing is
 * written, where they would pass `end`. What fours leave over takes a word each. */
static int32_t *eoq_keep(int32_t *to, const int32_t *end, const int32_t *g, int32_t length, int32_t low, int32_t high,
                         int32_t mean) {
  const int32_t each = eoq_words_of_four(low, high), whole = length & ~3;
  if (end - to < EOQ_KEPT_HEAD + (each == 4 ? length : (length >> 2) * each + (length & 3))) return NULL;
  to[0] = mean;
  to[1] = each;
  to += EOQ_KEPT_HEAD;
  if (each == 0) return to;
  int32_t i = 0;
  for (; each == 2 && i < whole; i += 4, to += 2) {
    to[0] = (int32_t)((uint32_t)(uint16_t)g[i] | (uint32_t)g[i + 1] << 16);
    to[1] = (int32_t)((uint32_t)(uint16_t)g[i + 2] | (uint32_t)g[i + 3] << 16);
  }
  for (; each == 3 && i < whole; i += 4, to += 3) {
    const uint32_t b = (uint32_t)g[i + 1], c = (uint32_t)g[i + 2];
    to[0] = (int32_t)(((uint32_t)g[i] & 0xffffff) | b << 24);
    to[1] = (int32_t)((b >> 8 & 0xffff) | c << 16);
    to[2] = (int32_t)((c >> 16 & 0xff) | (uint32_t)g[i + 3] << 8);
  }
  for (; i < length; i++) *to++ = g[i];
  return to;
}

/* Gets to `g` the gradients that were kept at `from`, and their mean; returns where the next lie. */
static const int32_t *eoq_get_kept(const int32_t *from, int32_t *g, int32_t length, int32_t *mean) {
  const int32_t each = from[1], whole = length & ~3;
  *mean = from[0];
  from += EOQ_KEPT_HEAD;
  int32_t i = 0;
  for (; each == 0 && i < length; i++) g[i] = 0;
  for (; each == 2 && i < whole; i += 4, from += 2) {
    g[i] = (int16_t)from[0];
    g[i + 1] = from[0] >> 16;
    g[i + 2] = (int16_t)from[1];
    g[i + 3] = from[1] >> 16;
  }
  for (; each == 3 && i < whole; i += 4, from += 3) {
    const uint32_t a = (uint32_t)from[0], b = (uint32_t)from[1], c = (uint32_t)from[2];
    g[i] = (int32_t)(a << 8) >> 8;
    g[i + 1] = (int32_t)(b << 16 | a >> 24 << 8) >> 8;
    g[i + 2] = (int32_t)(c << 24 | b >> 16 << 8) >> 8;
    g[i + 3] = from[2] >> 8;
  }
  for (; i < length; i++) g[i] = *from++;
  return from;
}

#endif
