/* shape.c: checks a convolution's geometry, and keeps the table of shapes.
 *
 * A handle is a slot of the table and how often that slot was given away
 * before, far above the handles of tensors: so a stale handle, a tensor's or an
 * invented one is found out by a look-up. */
#include "shape.h"

#include "../core/internal.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_KERNEL = 31 };

static int32_t fits(const char *name, int64_t a, int64_t b, int64_t c, int64_t d) {
  int64_t product = a;
  const int64_t factors[] = { b, c, d };
  for (int i = 0; i < 3; i++) {
    if (product > INT32_MAX / factors[i]) {
      return eoq_fail(EOQ_ERROR_ARGUMENT, "%s: %lldx%lldx%lldx%lld elements pass 2^31 - 1", name, (long long)a,
                      (long long)b, (long long)c, (long long)d);
    }
    product *= factors[i];
  }
  return EOQ_OK;
}

int32_t eoq_conv_shape_init(eoq_conv_shape *shape, int32_t n, int32_t h, int32_t w, int32_t c, int32_t k,
                            int32_t kernel, int32_t stride, int32_t pad) {
  int32_t status;
  const int32_t large = 1 << 20;
  if ((status = eoq_within("n", n, 1, large)) < 0 || (status = eoq_within("h", h, 1, large)) < 0 ||
      (status = eoq_within("w", w, 1, large)) < 0 || (status = eoq_within("c", c, 1, large)) < 0 ||
      (status = eoq_within("k", k, 1, large)) < 0 || (status = eoq_within("kernel", kernel, 1, MAX_KERNEL)) < 0 ||
      (status = eoq_within("stride", stride, 1, EOQ_MAX_STRIDE)) < 0 ||
      (status = eoq_within("pad", pad, 0, kernel - 1)) < 0) {
    return status;
  }
  if (h + 2 * pad < kernel || w + 2 * pad < kernel) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "kernel: %d does not fit a %dx%d image padded by %d", kernel, h, w, pad);
  }
  int32_t oh = (h + 2 * pad - kernel) / stride + 1;
  int32_t ow = (w + 2 * pad - kernel) / stride + 1;
  if ((status = fits("input", n, h, w, c)) < 0 || (status = fits("output", n, oh, ow, k)) < 0 ||
      (status = fits("weights", k, kernel, kernel, c)) < 0) {
    return status;
  }
  *shape = (eoq_conv_shape){ n, h, w, c, k, kernel, stride, pad, oh, ow };
  return EOQ_OK;
}

/* Bits of a handle: this one, 14 of the slot's generation, 16 of the slot. */
enum { SHAPE = 1 << 30, SLOT_BITS = 16, GENERATIONS = 1 << 14, SLOTS = 1 << SLOT_BITS, SLOTS_AT_FIRST = 64 };

/* A place in a window is one byte. */
enum { MAX_WINDOW = 15 };

typedef struct {
  eoq_conv_shape shape; /* of one image; h is 0 where the slot is free */
  int32_t generation;
} entry;

static entry *table;
static int32_t table_size;

static int32_t free_slot(void) {
  for (int32_t i = 0; i < table_size; i++) {
    if (table[i].shape.h == 0) return i;
  }
  const int32_t size = table_size == 0 ? SLOTS_AT_FIRST : table_size * 2, slot = table_size;
  entry *grown = size > SLOTS ? NULL : realloc(table, (size_t)size * sizeof *grown);
  if (grown == NULL) return -1;
  memset(grown + table_size, 0, (size_t)(size - table_size) * sizeof *grown);
  table = grown;
  table_size = size;
  return slot;
}

int32_t eoq_conv_shape_create(int32_t h, int32_t w, int32_t c, int32_t k, int32_t kernel, int32_t stride, int32_t pad) {
  eoq_conv_shape shape;
  const int32_t status = eoq_conv_shape_init(&shape, 1, h, w, c, k, kernel, stride, pad);
  if (status < 0) return status;
  const int32_t slot = free_slot();
  if (slot < 0) return eoq_fail(EOQ_ERROR_MEMORY, "no memory for more than %d shapes", table_size);
  table[slot].shape = shape;
  return SHAPE | table[slot].generation << SLOT_BITS | slot;
}

static entry *find(int32_t handle, const char *what) {
  const int32_t slot = handle & (SLOTS - 1);
  const int32_t generation = handle >> SLOT_BITS & (GENERATIONS - 1);
  if (handle >= SHAPE && slot < table_size && table[slot].shape.h > 0 && table[slot].generation == generation) {
    return &table[slot];
  }
  eoq_fail(EOQ_ERROR_SHAPE, "%s: %d is not a live shape", what, handle);
  return NULL;
}

int32_t eoq_conv_shape_destroy(int32_t shape) {
  entry *found = find(shape, "shape");
  if (found == NULL) return EOQ_ERROR_SHAPE;
  *found = (entry){ .generation = (found->generation + 1) & (GENERATIONS - 1) };
  return EOQ_OK;
}

int32_t eoq_conv_shape_get(eoq_conv_shape *shape, int32_t handle, int32_t n, const char *what) {
  const entry *found = find(handle, what);
  if (found == NULL) return EOQ_ERROR_SHAPE;
  const eoq_conv_shape *s = &found->shape;
  return eoq_conv_shape_init(shape, n, s->h, s->w, s->c, s->k, s->kernel, s->stride, s->pad);
}

int32_t eoq_conv_window_get(eoq_conv_shape *shape, int32_t handle, int32_t n, const char *what) {
  const int32_t status = eoq_conv_shape_get(shape, handle, n, what);
  if (status < 0) return status;
  if (shape->k != shape->c) {
    return eoq_fail(EOQ_ERROR_SHAPE, "%s: a pool keeps its channels, %d are not %d", what, shape->k, shape->c);
  }
  if (shape->kernel > MAX_WINDOW) {
    return eoq_fail(EOQ_ERROR_SHAPE, "%s: a pool's kernel of %d is not in 1..%d", what, shape->kernel, MAX_WINDOW);
  }
  return EOQ_OK;
}

int32_t eoq_conv_shortcut_get(eoq_conv_shape *shape, int32_t handle, int32_t n, const char *what) {
  const int32_t status = eoq_conv_shape_get(shape, handle, n, what);
  if (status < 0) return status;
  if (shape->kernel != 1 || shape->pad != 0 || shape->k < shape->c) {
    return eoq_fail(EOQ_ERROR_SHAPE,
                    "%s: a shortcut has a kernel of 1 without padding and does not drop channels, "
                    "this has a kernel of %d, padding %d, and %d to %d channels",
                    what, shape->kernel, shape->pad, shape->c, shape->k);
  }
  return EOQ_OK;
}
