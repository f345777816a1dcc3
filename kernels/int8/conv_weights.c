/* conv_weights.c: backward weights: words, chunks that cannot
 * pass int32, and their last sum. */
#include "../core/count.h"
#include "../core/sums.h"
#include "flag.h"

/* Images below which a thread's own chunk costs more than sharing one with the others. */
enum { IMAGES_A_THREAD = 8 };

/* Sums over one chunk stay within int32 while it covers this many pixels. An
 * int64 result has room for more chunks than there are threads. */
static int32_t chunks_for(const eoq_conv_shape *s) {
  const int32_t images = EOQ_MAX_INT32_PRODUCTS / (s->oh * s->ow);
  const int32_t exact = (s->n + images - 1) / images, threads = eoq_threads();
  const int32_t shared = s->n >= threads * IMAGES_A_THREAD ? threads : 1;
  /* eoq_share() gives chunks of floor or ceiling size: ceil(n / chunks) <= images. */
  return exact > shared ? exact : shared;
}

typedef struct {
  const eoq_conv_shape *shape;
  const eoq_int8_partials *partials;
  int32_t *narrow;
  int64_t *wide;
  int32_t finer; /* added to 2^finer times what `wide` holds, or 0 for in its stead */
} sum_context;

/* The weights of one output channel. */
static void sum_channel(void *argument, int32_t k, int32_t thread) {
  (void)thread;
  const sum_context *c = argument;
  const eoq_weights_sums *l = &c->partials->layout;
  const size_t taps = (size_t)c->shape->kernel * c->shape->kernel, inputs = c->shape->c;
  const int even = l->tap == inputs * l->input;
  const size_t rows = even ? 1 : taps, length = even ? taps * inputs : inputs;
  for (size_t row = 0; row < rows; row++) {
    const size_t at = (k * rows + row) * length;
    const int32_t *from = c->partials->sums + k * l->channel + row * l->tap;
    for (size_t i = 0; i < length && c->finer > 0; i++) {
      c->wide[at + i] *= 1 << c->finer;
      EOQ_TALLY(EOQ_OP_SHIFT, 1);
    }
    for (int32_t p = 0; p < c->partials->chunks; p++, from += l->count) {
      for (size_t i = 0; i < length; i++) {
        const int32_t sum = from[i * l->input];
        if (c->wide != NULL) c->wide[at + i] = p == 0 && c->finer == 0 ? sum : c->wide[at + i] + sum;
        else c->narrow[at + i] = p == 0 ? sum : c->narrow[at + i] + sum;
        EOQ_TALLY(c->wide != NULL ? EOQ_OP_INT64_ADD : EOQ_OP_INT32_ADD, p > 0 || c->finer > 0);
      }
    }
  }
}

/* dw = the gradients of an error, or where `finer` is not 0 that joins 2^finer dw. */
static int32_t run(const eoq_conv_shape *s, const int8_t *x, const int8_t *dy, eoq_tensor *dw, int32_t finer) {
  int32_t *narrow = dw->type == EOQ_INT32 ? dw->data : NULL;
  eoq_int8_partials partials;
  const int32_t status = eoq_int8_selected()->conv_backward_weights(s, x, dy, chunks_for(s), narrow, &partials);
  if (status < 0 || partials.sums == narrow) return status;
  sum_context sums = {
    .shape = s,
    .partials = &partials,
    .narrow = narrow,
    .wide = dw->type == EOQ_INT64 ? dw->data : NULL,
    .finer = finer,
  };
  eoq_parallel(sum_channel, &sums, s->k);
  return EOQ_OK;
}

int32_t eoq_int8_conv_backward_weights(eoq_int8_conv_backward_weights_call *call) {
  eoq_conv_shape s;
  int32_t status = eoq_conv_shape_get(&s, call->shape, call->n, "shape");
  if (status < 0) return status;
  const int64_t pixels = (int64_t)s.oh * s.ow;
  if (pixels > EOQ_MAX_INT32_PRODUCTS) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "shape: an output of %lld pixels can pass int32, the limit is %d",
                    (long long)pixels, EOQ_MAX_INT32_PRODUCTS);
  }
  const int32_t type = eoq_tensor_type(call->dw) == EOQ_INT64 ? EOQ_INT64 : EOQ_INT32;
  const int64_t products = eoq_group_whole(call->n * pixels);
  if (type == EOQ_INT32 && products > EOQ_MAX_INT32_PRODUCTS) {
    return eoq_fail(EOQ_ERROR_TENSOR, "dw: sums of %lld products need int64", (long long)products);
  }
  eoq_tensor *input = eoq_tensor_get(call->x, EOQ_INT8, eoq_conv_inputs(&s), "x");
  eoq_tensor *error = input == NULL ? NULL : eoq_tensor_get(call->dy, EOQ_INT8, eoq_conv_outputs(&s), "dy");
  eoq_tensor *to = error == NULL ? NULL : eoq_tensor_get(call->dw, type, eoq_conv_weights(&s), "dw");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  const eoq_tensor *fine = call->fine == 0 ? NULL : eoq_tensor_get(call->fine, EOQ_INT8, eoq_conv_outputs(&s), "fine");
  if (call->fine != 0 && fine == NULL) return EOQ_ERROR_TENSOR;
  if (fine != NULL && type == EOQ_INT32) {
    return eoq_fail(EOQ_ERROR_TENSOR, "dw: the gradients of a flagged error need int64");
  }
  EOQ_END_OF_CHECKS();
  const int32_t finer = fine == NULL ? 0 : eoq_int8_finer_bits(error, fine);
  if (finer < 0) return finer;
  to->exponent = input->exponent + error->exponent - finer;
  if ((status = run(&s, input->data, error->data, to, 0)) < 0) return status;
  if (fine != NULL && (status = run(&s, input->data, fine->data, to, finer)) < 0) return status;
  if ((status = eoq_sums_start(to->data, eoq_conv_weights(&s), type)) < 0) return status;
  to->minimum = INT32_MIN; /* not measured: the update looks for itself */
  to->maximum = INT32_MAX;
  return EOQ_OK;
}
