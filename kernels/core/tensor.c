/* tensor.c: the table of tensors. Handles are indices, so a stale or invented
 * one is found out by a look-up instead of by a crash. */
#define _DEFAULT_SOURCE /* posix_memalign, madvise */
#include "kept.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { TENSORS_AT_FIRST = 256, TAIL_BYTES = 64, ALIGNMENT = 64, HUGE_PAGE = 2 * 1024 * 1024 };

/* Bytes of an arena, at most: no machine of today has more for one. */
static const size_t MOST_ARENA = (size_t)1 << 38;

static eoq_tensor *table;
static int32_t table_size;
static uint32_t changes, epoch, claims;
static _Atomic uint64_t versions; /* lanes that run side by side write each their own tensors */

static const char *const type_names[] = {
  "int8", "uint8", "int16", "int32", "int64", "bits", "fp32", "fp64",
};
static const size_t type_bytes[] = { 1, 1, 2, 4, 8, 0, 4, 8 };

static size_t bytes_of(int32_t type, size_t count) {
  if (type == EOQ_BITS) return (count + 63) / 64 * 8;
  return count * type_bytes[type];
}

static int32_t free_slot(void) {
  for (int32_t i = 1; i < table_size; i++) {
    if (table[i].data == NULL) return i;
  }
  int32_t size = table_size == 0 ? TENSORS_AT_FIRST : table_size * 2;
  eoq_tensor *grown = realloc(table, (size_t)size * sizeof *grown);
  if (grown == NULL) return 0;
  memset(grown + table_size, 0, (size_t)(size - table_size) * sizeof *grown);
  int32_t slot = table_size == 0 ? 1 : table_size;
  table = grown;
  table_size = size;
  return slot;
}

/* Memory that streams run over faster where it fills huge pages: reading goes
 * from 23 to 30 GB/s (Zen 4), since prefetching ends with the page. The rest
 * stays in small pages, so that no more than `bytes` becomes resident. */
static void *allocate(size_t bytes) {
  void *data = NULL;
  if (posix_memalign(&data, bytes < HUGE_PAGE ? ALIGNMENT : HUGE_PAGE, bytes) != 0) return NULL;
#if defined(MADV_HUGEPAGE)
  const size_t whole = bytes / HUGE_PAGE * HUGE_PAGE;
  if (whole > 0) madvise(data, whole, MADV_HUGEPAGE); /* a wish: refused, it costs time alone */
#endif
  return data;
}

/* What tensors lie in; freed with the last of them. */
typedef struct eoq_memory {
  void *data;
  int32_t tensors;
  int32_t owner;   /* the lane that has claimed it */
  uint32_t claims; /* since this start of claims */
} eoq_memory;

static eoq_memory *new_memory(size_t bytes) {
  eoq_memory *memory = malloc(sizeof *memory);
  void *data = memory == NULL ? NULL : allocate(bytes);
  if (data == NULL) {
    free(memory);
    return NULL;
  }
  *memory = (eoq_memory){ .data = data, .tensors = 1, .claims = claims - 1 };
  return memory;
}

static int32_t check_shape(int32_t type, size_t count) {
  if (type < EOQ_INT8 || type > EOQ_FP64)
    return eoq_fail(EOQ_ERROR_ARGUMENT, "type: no element type has number %d", type);
  if (count == 0 || count > INT32_MAX) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "count: %zu is not in 1..%d", count, INT32_MAX);
  }
  return EOQ_OK;
}

int32_t eoq_tensor_create(int32_t type, size_t count) {
  const int32_t status = check_shape(type, count);
  if (status < 0) return status;
  const int32_t slot = free_slot();
  const size_t bytes = bytes_of(type, count);
  eoq_memory *memory = slot == 0 ? NULL : new_memory(bytes + TAIL_BYTES);
  if (memory == NULL) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for a tensor of %zu bytes", bytes);
  memset(memory->data, 0, bytes + TAIL_BYTES);
  changes++;
  table[slot] = (eoq_tensor){ .data = memory->data,
                              .memory = memory,
                              .count = count,
                              .bytes = bytes,
                              .type = type,
                              .measured = count,
                              .version = ++versions };
  return slot;
}

int32_t eoq_arena_create(size_t bytes) {
  if (bytes == 0 || bytes > MOST_ARENA) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "bytes: %zu are not in 1..%zu", bytes, MOST_ARENA);
  }
  const int32_t slot = free_slot();
  eoq_memory *memory = slot == 0 ? NULL : new_memory(bytes + TAIL_BYTES);
  if (memory == NULL) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for an arena of %zu bytes", bytes);
  changes++;
  const size_t count = bytes < INT32_MAX ? bytes : INT32_MAX;
  table[slot] =
    (eoq_tensor){ .data = memory->data, .memory = memory, .count = count, .bytes = bytes, .type = EOQ_UINT8 };
  return slot;
}

static eoq_tensor *any(int32_t handle, const char *what) {
  if (handle > 0 && handle < table_size && table[handle].data != NULL) return &table[handle];
  eoq_fail(EOQ_ERROR_TENSOR, "%s: %d is not a live tensor", what, handle);
  return NULL;
}

/* Quantizers take the extremes from the tensor instead of a pass over it. */
static void measure(eoq_tensor *tensor) {
  int32_t minimum = INT32_MAX, maximum = INT32_MIN;
  if (tensor->type == EOQ_INT8) {
    const int8_t *x = tensor->data;
    for (size_t i = 0; i < tensor->count; i++) {
      minimum = x[i] < minimum ? x[i] : minimum;
      maximum = x[i] > maximum ? x[i] : maximum;
    }
  } else if (tensor->type == EOQ_INT32) {
    const int32_t *x = tensor->data;
    for (size_t i = 0; i < tensor->count; i++) {
      minimum = x[i] < minimum ? x[i] : minimum;
      maximum = x[i] > maximum ? x[i] : maximum;
    }
  }
  if (tensor->type == EOQ_INT8 || tensor->type == EOQ_INT32) {
    tensor->minimum = minimum;
    tensor->maximum = maximum;
  }
  tensor->exact = 0;
  /* Last: another thread may read it, too, and takes the extremes when it sees these. */
  __atomic_store_n(&tensor->epoch, epoch, __ATOMIC_RELEASE);
  __atomic_store_n(&tensor->measured, tensor->count, __ATOMIC_RELEASE);
}

eoq_tensor *eoq_tensor_get(int32_t handle, int32_t type, size_t count, const char *what) {
  eoq_tensor *tensor = any(handle, what);
  if (tensor == NULL) return NULL;
  if (tensor->type != type) {
    eoq_fail(EOQ_ERROR_TENSOR, "%s: is %s, must be %s", what, type_names[tensor->type], type_names[type]);
    return NULL;
  }
  if (tensor->count < count) {
    eoq_fail(EOQ_ERROR_TENSOR, "%s: has %zu elements, needs %zu", what, tensor->count, count);
    return NULL;
  }
  if (eoq_only_checks) return tensor;
  const int stale = tensor->placed && __atomic_load_n(&tensor->epoch, __ATOMIC_ACQUIRE) != epoch;
  const int unknown = count > __atomic_load_n(&tensor->measured, __ATOMIC_ACQUIRE);
  if (!tensor->written && (unknown || stale)) measure(tensor);
  if (tensor->output && count > tensor->asked) tensor->asked = count;
  return tensor;
}

/* What holds anything lies between the extremes of its type. */
static void set_unknown(eoq_tensor *tensor) {
  tensor->maximum = tensor->type == EOQ_INT8 ? INT8_MAX : INT32_MAX;
  tensor->minimum = -tensor->maximum - 1;
  tensor->measured = tensor->count;
  tensor->epoch = epoch;
}

void eoq_tensor_start(int32_t handle, int32_t read, int32_t written) {
  if (eoq_tensor_type(handle) < 0) return;
  eoq_tensor *tensor = &table[handle];
  /* Named before as one that is only written: what it holds is looked for after all. */
  if (read && tensor->written) tensor->measured = tensor->written = 0;
  if (!written) return; /* several threads may read it in calls of their own */
  tensor->asked = 0;
  tensor->output = 1;
  tensor->written = !read;
  tensor->exact = 0;
  tensor->version = ++versions;
  if (!read && tensor->placed) set_unknown(tensor);
}

void eoq_tensor_written(int32_t handle, int32_t done) {
  if (eoq_tensor_type(handle) < 0) return;
  table[handle].written = table[handle].output = 0;
  if (!done || table[handle].asked == 0) return;
  table[handle].measured = table[handle].asked;
  table[handle].epoch = epoch;
}

const eoq_tensor *eoq_tensor_look(int32_t handle) {
  return eoq_tensor_type(handle) < 0 ? NULL : &table[handle];
}

void eoq_claims_start(void) {
  claims++;
}

int32_t eoq_claim(int32_t handle, int32_t lane) {
  const int32_t owner = eoq_claim_owner(handle);
  if (owner >= 0 && owner != lane) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "tensor %d: lane %d writes the memory of lane %d", handle, lane, owner);
  }
  table[handle].memory->owner = lane;
  table[handle].memory->claims = claims;
  return EOQ_OK;
}

int32_t eoq_claim_owner(int32_t handle) {
  const eoq_memory *memory = table[handle].memory;
  return memory->claims == claims ? memory->owner : -1;
}

void eoq_tensor_new_epoch(void) {
  epoch++;
}

uint32_t eoq_tensor_epoch(void) {
  return epoch;
}

int32_t eoq_tensor_placed(int32_t handle) {
  return eoq_tensor_type(handle) >= 0 && table[handle].placed;
}

void eoq_tensor_follow_start(void) {
  for (int32_t i = 0; i < table_size; i++) table[i].sound = 0;
}

void eoq_tensor_follow_write(int32_t handle) {
  for (int32_t i = 1; i < table_size; i++) {
    if (table[i].sound && eoq_share_bytes(i, handle)) table[i].sound = 0;
  }
  table[handle].sound = 1;
}

int32_t eoq_tensor_sound(int32_t handle) {
  return table[handle].sound;
}

uint32_t eoq_tensor_changes(void) {
  return changes;
}

int32_t eoq_tensor_type(int32_t handle) {
  return handle > 0 && handle < table_size && table[handle].data != NULL ? table[handle].type : -1;
}

int32_t eoq_tensor_create_at(int32_t arena, size_t offset, int32_t type, size_t count) {
  const int32_t status = check_shape(type, count);
  if (status < 0) return status;
  const size_t bytes = bytes_of(type, count);
  const eoq_tensor *around = any(arena, "arena");
  if (around == NULL) return EOQ_ERROR_TENSOR;
  if (offset % ALIGNMENT != 0) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "offset: %zu is no multiple of %d", offset, ALIGNMENT);
  }
  if (offset > around->bytes || bytes > around->bytes - offset) {
    return eoq_fail(EOQ_ERROR_TENSOR, "arena: bytes %zu..%zu lie outside its %zu", offset, offset + bytes,
                    around->bytes);
  }
  uint8_t *data = (uint8_t *)around->data + offset;
  eoq_memory *memory = around->memory;
  const int32_t slot = free_slot(); /* which may move the table */
  if (slot == 0) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for a tensor's handle");
  table[arena].placed = 1; /* it shares its bytes, too */
  memory->tensors++;
  changes++;
  table[slot] =
    (eoq_tensor){ .data = data, .memory = memory, .count = count, .bytes = bytes, .type = type, .placed = 1 };
  set_unknown(&table[slot]); /* nobody has looked at what lies there */
  return slot;
}

int32_t eoq_share_bytes(int32_t a, int32_t b) {
  if (eoq_tensor_type(a) < 0 || eoq_tensor_type(b) < 0 || table[a].memory != table[b].memory) return 0;
  const uint8_t *x = table[a].data, *y = table[b].data;
  return x < y + table[b].bytes && y < x + table[a].bytes;
}

int32_t eoq_apart(int32_t outputs, const eoq_named *arguments, int32_t count) {
  for (int32_t i = 0; i < outputs; i++) {
    for (int32_t j = i + 1; j < count; j++) {
      if (arguments[i].handle != arguments[j].handle || arguments[i].handle <= 0) continue;
      return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: must not be the same as %s, both are %d", arguments[i].name,
                      arguments[j].name, arguments[i].handle);
    }
  }
  return EOQ_OK;
}

int32_t eoq_tensor_destroy(int32_t handle) {
  eoq_tensor *tensor = any(handle, "tensor");
  if (tensor == NULL) return EOQ_ERROR_TENSOR;
  changes++;
  eoq_kept_free(tensor->kept);
  if (--tensor->memory->tensors == 0) {
    free(tensor->memory->data);
    free(tensor->memory);
  }
  *tensor = (eoq_tensor){ 0 };
  return EOQ_OK;
}

static eoq_tensor *range(int32_t handle, size_t offset, const uint8_t *buffer, size_t bytes) {
  eoq_tensor *tensor = any(handle, "tensor");
  if (tensor == NULL) return NULL;
  if (buffer == NULL && bytes > 0) {
    eoq_fail(EOQ_ERROR_ARGUMENT, "buffer: is null, must have %zu bytes", bytes);
    return NULL;
  }
  if (offset > tensor->bytes || bytes > tensor->bytes - offset) {
    eoq_fail(EOQ_ERROR_TENSOR, "tensor: bytes %zu..%zu lie outside its %zu", offset, offset + bytes, tensor->bytes);
    return NULL;
  }
  return tensor;
}

int32_t eoq_tensor_write(int32_t handle, size_t offset, const uint8_t *from, size_t bytes) {
  eoq_tensor *tensor = range(handle, offset, from, bytes);
  if (tensor == NULL) return EOQ_ERROR_TENSOR;
  if (tensor->type == EOQ_INT8 && bytes > 0 && memchr(from, 0x80, bytes) != NULL) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "from: int8 data lie in -127..127, not at -128");
  }
  if (bytes > 0) memcpy((uint8_t *)tensor->data + offset, from, bytes);
  if (tensor->placed) epoch++;
  tensor->version = ++versions;
  measure(tensor);
  return EOQ_OK;
}

int32_t eoq_tensor_read(int32_t handle, size_t offset, uint8_t *to, size_t bytes) {
  const eoq_tensor *tensor = range(handle, offset, to, bytes);
  if (tensor == NULL) return EOQ_ERROR_TENSOR;
  if (bytes > 0) memcpy(to, (uint8_t *)tensor->data + offset, bytes);
  return EOQ_OK;
}

int32_t eoq_tensor_exponent(int32_t handle, uint8_t *exponent) {
  const eoq_tensor *tensor = any(handle, "tensor");
  if (tensor == NULL) return EOQ_ERROR_TENSOR;
  if (exponent == NULL) return eoq_fail(EOQ_ERROR_ARGUMENT, "exponent: is null, must have %zu bytes", sizeof(int32_t));
  memcpy(exponent, &tensor->exponent, sizeof tensor->exponent);
  return EOQ_OK;
}

int32_t eoq_tensor_exponent_set(int32_t handle, int32_t exponent) {
  eoq_tensor *tensor = any(handle, "tensor");
  if (tensor == NULL) return EOQ_ERROR_TENSOR;
  const int32_t status = eoq_within("exponent", exponent, -64, 64);
  if (status == EOQ_OK) tensor->exponent = exponent;
  return status;
}

int32_t eoq_tensor_range(int32_t handle, uint8_t *to) {
  const eoq_tensor *tensor = any(handle, "tensor");
  if (tensor == NULL) return EOQ_ERROR_TENSOR;
  const int32_t both[2] = { tensor->minimum, tensor->maximum };
  if (to == NULL) return eoq_fail(EOQ_ERROR_ARGUMENT, "range: is null, must have %zu bytes", sizeof both);
  memcpy(to, both, sizeof both);
  return EOQ_OK;
}
