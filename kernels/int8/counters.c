/* counters.c: what a tensor's integers say about a run. Only what is counted is written. */
#include "ranges.h"

static int64_t saturated(const int8_t *x, int32_t count) {
  int64_t sum = 0;
  for (int32_t i = 0; i < count; i++) sum += x[i] == 127 || x[i] == -127;
  return sum;
}

int32_t eoq_int8_count_values(eoq_int8_count_values_call *call) {
  const int32_t status = eoq_int8_count("count", call->count);
  if (status < 0) return status;
  const eoq_tensor *from = eoq_tensor_get(call->x, EOQ_INT8, (size_t)call->count, "x");
  const eoq_tensor *fine =
    from == NULL || call->fine == 0 ? NULL : eoq_tensor_get(call->fine, EOQ_INT8, (size_t)call->count, "fine");
  if (call->fine != 0 && fine == NULL) return EOQ_ERROR_TENSOR;
  eoq_tensor *to = from == NULL ? NULL : eoq_tensor_get(call->counts, EOQ_INT64, 2, "counts");
  if (to == NULL) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  const int8_t *values = from->data, *below = fine == NULL ? values : fine->data;
  int64_t zeros = 0;
  for (int32_t i = 0; i < call->count; i++) zeros += values[i] == 0 && below[i] == 0;
  int64_t *totals = to->data;
  totals[0] = saturated(values, call->count);
  totals[1] = zeros;
  return EOQ_OK;
}

/* A weight with the bits stored below its steps, which are those of a signed number, as one. */
static int32_t stored(const int8_t *weights, const uint8_t *fraction8, const int16_t *fraction16, int32_t i) {
  if (fraction8 != NULL) return weights[i] * 256 + (int8_t)fraction8[i];
  if (fraction16 != NULL) return weights[i] * 65536 + fraction16[i];
  return weights[i];
}

/* No stored weight passes it. */
enum { STORED_LIMIT = 1 << 24 };

int32_t eoq_int8_count_updates(eoq_int8_count_updates_call *call) {
  const int32_t status = eoq_int8_count("count", call->count);
  if (status < 0) return status;
  const int32_t fraction_type = eoq_tensor_type(call->fraction) == EOQ_INT16 ? EOQ_INT16 : EOQ_UINT8;
  const eoq_tensor *w = eoq_tensor_get(call->weights, EOQ_INT8, (size_t)call->count, "weights");
  eoq_tensor *b = w == NULL ? NULL : eoq_tensor_get(call->before, EOQ_INT32, (size_t)call->count, "before");
  eoq_tensor *to = b == NULL ? NULL : eoq_tensor_get(call->counts, EOQ_INT64, 3, "counts");
  const eoq_tensor *f = to == NULL || call->fraction == 0
                          ? NULL
                          : eoq_tensor_get(call->fraction, fraction_type, (size_t)call->count, "fraction");
  if (to == NULL || (f == NULL && call->fraction != 0)) return EOQ_ERROR_TENSOR;
  EOQ_END_OF_CHECKS();
  const uint8_t *fraction8 = f != NULL && fraction_type == EOQ_UINT8 ? f->data : NULL;
  const int16_t *fraction16 = f != NULL && fraction_type == EOQ_INT16 ? f->data : NULL;
  int32_t *last = b->data;
  int64_t unchanged = 0, moved = 0;
  for (int32_t i = 0; i < call->count; i++) {
    const int32_t now = stored(w->data, fraction8, fraction16, i);
    const int64_t change = (int64_t)now - last[i];
    unchanged += change == 0;
    moved += change < 0 ? -change : change;
    last[i] = now;
  }
  b->minimum = -STORED_LIMIT;
  b->maximum = STORED_LIMIT;
  int64_t *totals = to->data;
  totals[0] = saturated(w->data, call->count);
  totals[1] = unchanged;
  totals[2] = moved;
  return EOQ_OK;
}
