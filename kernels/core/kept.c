/* kept.c: a short list beside a tensor, of what was derived from its elements. */
#include "kept.h"

#include "reruns.h"

#include <stdlib.h>
#include <string.h>

/* Entries a tensor: two directions on two paths. An older one makes room. */
enum { MOST_KEPT = 4, MOST_KEY = 64, ALIGNMENT = 64 };

typedef struct {
  uint8_t key[MOST_KEY];
  size_t key_bytes; /* 0 where the entry is free */
  uint64_t version; /* of the elements when it was asked for last */
  int32_t full;     /* whether the room holds what follows from these */
  size_t bytes;
  void *room; /* NULL until the elements were the same twice */
} entry;

struct eoq_kept {
  int32_t next; /* entry that makes room */
  entry entries[MOST_KEPT];
};

static entry *find(eoq_kept *kept, const void *key, size_t key_bytes) {
  for (int32_t i = 0; i < MOST_KEPT; i++) {
    entry *each = &kept->entries[i];
    if (each->key_bytes == key_bytes && memcmp(each->key, key, key_bytes) == 0) return each;
  }
  return NULL;
}

static void add(eoq_kept *kept, const void *key, size_t key_bytes, size_t bytes, uint64_t version) {
  entry *oldest = &kept->entries[kept->next];
  kept->next = (kept->next + 1) % MOST_KEPT;
  free(oldest->room);
  *oldest = (entry){ .key_bytes = key_bytes, .version = version, .bytes = bytes };
  memcpy(oldest->key, key, key_bytes);
}

/* Changes nothing, so that several threads may ask at once. */
static void *full_room(const eoq_tensor *tensor, const void *key, size_t key_bytes, size_t bytes, int32_t *full) {
  const entry *found = tensor->kept == NULL ? NULL : find(tensor->kept, key, key_bytes);
  *full = found != NULL && found->full && found->bytes == bytes && found->version == tensor->version;
  return *full ? found->room : NULL;
}

void *eoq_kept_room(eoq_tensor *tensor, const void *key, size_t key_bytes, size_t bytes, int32_t *full) {
  *full = 0;
  if (eoq_is_alone() || eoq_is_rerun()) return full_room(tensor, key, key_bytes, bytes, full);
  if (tensor->placed || key_bytes == 0 || key_bytes > MOST_KEY) return NULL;
  if (tensor->kept == NULL) tensor->kept = calloc(1, sizeof *tensor->kept);
  if (tensor->kept == NULL) return NULL;
  entry *found = find(tensor->kept, key, key_bytes);
  if (found == NULL || found->bytes != bytes) {
    add(tensor->kept, key, key_bytes, bytes, tensor->version);
    return NULL;
  }
  if (found->version != tensor->version) {
    found->version = tensor->version;
    found->full = 0;
    return NULL;
  }
  if (found->room == NULL) found->room = aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
  *full = found->full;
  found->full = found->room != NULL;
  return found->room;
}

void eoq_kept_free(eoq_kept *kept) {
  if (kept == NULL) return;
  for (int32_t i = 0; i < MOST_KEPT; i++) free(kept->entries[i].room);
  free(kept);
}
