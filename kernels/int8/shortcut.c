/* shortcut.c: the parameter-free shortcut of a block that changes the shape. */
#include "ranges.h"

#include <string.h>

typedef struct {
  const eoq_conv_shape *shape;
  const int8_t *x;
  int8_t *y;
} context;

static void shortcut_image(void *argument, int32_t n, int32_t thread) {
  (void)thread;
  const context *c = argument;
  const eoq_conv_shape *s = c->shape;
  int8_t *y = c->y + (size_t)n * s->oh * s->ow * s->k;
  for (int32_t oy = 0; oy < s->oh; oy++) {
    for (int32_t ox = 0; ox < s->ow; ox++, y += s->k) {
      const size_t pixel = ((size_t)n * s->h + (size_t)oy * s->stride) * s->w + (size_t)ox * s->stride;
      memcpy(y, c->x + pixel * s->c, (size_t)s->c);
      memset(y + s->c, 0, (size_t)(s->k - s->c));
    }
  }
}

int32_t eoq_int8_shortcut(eoq_int8_shortcut_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shortcut_get(&s, call->shape, call->n, "shape");
  if (status < 0 || (status = EOQ_APART(1, { "y", call->y }, { "x", call->x })) < 0) return status;
  eoq_tensor *from = eoq_tensor_get(call->x, EOQ_INT8, eoq_conv_inputs(&s), "x");
  eoq_tensor *to = from == NULL ? NULL : eoq_tensor_get(call->y, EOQ_INT8, eoq_conv_outputs(&s), "y");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  context context = { .shape = &s, .x = from->data, .y = to->data };
  eoq_parallel(shortcut_image, &context, call->n);
  to->exponent = from->exponent;
  to->partial = from->partial;
  to->minimum = from->minimum < 0 ? from->minimum : 0;
  to->maximum = from->maximum > 0 ? from->maximum : 0;
  return EOQ_OK;
}
