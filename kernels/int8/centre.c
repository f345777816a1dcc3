/* centre.c: gradient centring of all output channels. */
#include "centring.h"
#include "ranges.h"

typedef struct {
  const eoq_int8_elementwise *kernels;
  int32_t *narrow;
  int64_t *wide;
  size_t channel; /* elements of one */
  int32_t channels, items, reciprocal;
  int32_t extremes[EOQ_MAX_THREADS][2]; /* of what int32 gradients became, and zero */
} context;

enum { LARGEST_CHANNEL = 1 << 22 };

static void centre_channels(void *argument, int32_t item, int32_t thread) {
  context *c = argument;
  const int32_t to = eoq_share(c->channels, item + 1, c->items);
  int32_t extremes[2] = { c->extremes[thread][0], c->extremes[thread][1] }; /* beside which lie other threads' */
  for (int32_t k = eoq_share(c->channels, item, c->items); k < to; k++) {
    const size_t at = (size_t)k * c->channel;
    if (c->wide != NULL) c->kernels->centre64(c->wide + at, c->channel, c->reciprocal);
    else c->kernels->centre32(c->narrow + at, c->channel, c->reciprocal, extremes);
  }
  c->extremes[thread][0] = extremes[0];
  c->extremes[thread][1] = extremes[1];
}

int32_t eoq_int8_centre_gradients(eoq_int8_centre_gradients_call *call) {
  int32_t status = eoq_int8_count("channels", call->channels);
  if (status < 0 || (status = eoq_int8_count("count", call->count)) < 0) return status;
  if (call->count % call->channels != 0 || call->count / call->channels > LARGEST_CHANNEL) {
    return eoq_fail(EOQ_ERROR_ARGUMENT, "count: %d is not %d channels of at most %d", call->count, call->channels,
                    LARGEST_CHANNEL);
  }
  const int32_t type = eoq_tensor_type(call->dw) == EOQ_INT64 ? EOQ_INT64 : EOQ_INT32;
  eoq_tensor *g = eoq_tensor_get(call->dw, type, (size_t)call->count, "dw");
  if (g == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  const int32_t channel = call->count / call->channels, ranges = eoq_ranges((size_t)call->count);
  context c = {
    .kernels = eoq_int8_selected()->elementwise,
    .narrow = type == EOQ_INT32 ? g->data : NULL,
    .wide = type == EOQ_INT64 ? g->data : NULL,
    .channel = (size_t)channel,
    .channels = call->channels,
    .items = ranges < call->channels ? ranges : call->channels,
    .reciprocal = eoq_reciprocal(channel),
  };
  eoq_parallel(centre_channels, &c, c.items);
  if (c.wide != NULL) return EOQ_OK;
  g->minimum = g->maximum = 0;
  for (int32_t t = 0; t < eoq_threads(); t++) {
    g->minimum = c.extremes[t][0] < g->minimum ? c.extremes[t][0] : g->minimum;
    g->maximum = c.extremes[t][1] > g->maximum ? c.extremes[t][1] : g->maximum;
  }
  g->exact = (size_t)call->count;
  return EOQ_OK;
}
